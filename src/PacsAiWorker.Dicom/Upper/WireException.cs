namespace PacsAiWorker.Dicom.Upper;

/// <summary>Nothing (more) came from the peer: it closed, or it was silent for too long.</summary>
internal sealed class WireException(bool timedOut, string message, Exception? inner = null) : Exception(message, inner)
{
    public bool TimedOut { get; } = timedOut;
}
