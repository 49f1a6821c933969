namespace PacsAiWorker.Inference.Training.Features;

/// <summary>What was computed cannot be kept; the message is the system's.</summary>
public sealed class FeatureCacheException(IOException inner) : IOException(inner.Message, inner);
