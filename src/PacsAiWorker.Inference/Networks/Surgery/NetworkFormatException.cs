namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>A network file cannot be read, or not be changed as asked. The message names the file, the fault and the remedy.</summary>
public sealed class NetworkFormatException(string message, Exception? inner = null) : Exception(message, inner);
