namespace PacsAiWorker.Inference.Explanation;

/// <summary>A score cannot be explained; the score itself is not touched by this. One sentence: what is missing, the remedy.</summary>
public sealed class ExplanationException(string message, Exception? inner = null) : Exception(message, inner);
