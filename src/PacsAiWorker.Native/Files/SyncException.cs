namespace PacsAiWorker.Native.Files;

/// <summary>The kernel did not bring bytes to the device, and may have dropped them: what was written cannot be counted on.</summary>
/// <param name="message">The call and what the kernel said.</param>
/// <param name="code">errno.</param>
public sealed class SyncException(string message, int code) : IOException(message, code);
