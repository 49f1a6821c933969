namespace PacsAiWorker.Dicom.Dimse;

/// <summary>No association, or it broke. The message says what happened, in words for an operator.</summary>
/// <param name="message">No patient data.</param>
/// <param name="transient">Worth trying again: refused for now, unreachable, silent, aborted.</param>
/// <param name="inner">The socket's own error.</param>
public sealed class AssociationException(string message, bool transient, Exception? inner = null) : Exception(message, inner)
{
    public bool Transient { get; } = transient;
}
