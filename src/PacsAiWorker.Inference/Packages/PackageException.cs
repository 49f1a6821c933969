namespace PacsAiWorker.Inference.Packages;

/// <summary>A package cannot be used. The message is one sentence: the file, what is wrong, the remedy.</summary>
public sealed class PackageException(string message, Exception? inner = null) : Exception(message, inner);
