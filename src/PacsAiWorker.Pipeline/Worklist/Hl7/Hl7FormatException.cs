namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>What arrived is no message. The text names field and remedy and quotes no value: values may identify a patient.</summary>
public sealed class Hl7FormatException(string message) : Exception(message);
