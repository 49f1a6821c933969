namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// A presentation context as proposed, with its answer (PS3.8 sections 9.3.2.2 and 9.3.3.2). <paramref name="Result"/>: 0 accepted,
/// 1 user rejection, 2 no reason, 3 abstract syntax not supported, 4 transfer syntaxes not supported.
/// </summary>
public sealed record PresentationContext(
    byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes, byte Result = 2, string? Accepted = null)
{
    public const byte Acceptance = 0;
    public const byte UserRejection = 1;
    public const byte NoReason = 2;
    public const byte AbstractSyntaxNotSupported = 3;
    public const byte TransferSyntaxesNotSupported = 4;

    public bool IsAccepted => Result == Acceptance && Accepted is not null;

    public PresentationContext Accept(string transferSyntax) => this with { Result = Acceptance, Accepted = transferSyntax };

    public PresentationContext Refuse(byte result) => this with { Result = result, Accepted = null };

    /// <summary>
    /// Answers proposals: the first transfer syntax of the peer's own order that is taken, so that nobody has to re-encode.
    /// </summary>
    public static IReadOnlyList<PresentationContext> Negotiate(
        IEnumerable<PresentationContext> proposed, Func<string, bool> abstractSyntax, Func<string, bool> transferSyntax) =>
        [.. proposed.Select(c => !abstractSyntax(c.AbstractSyntax)
            ? c.Refuse(AbstractSyntaxNotSupported)
            : c.TransferSyntaxes.FirstOrDefault(transferSyntax) is { } taken
                ? c.Accept(taken)
                : c.Refuse(TransferSyntaxesNotSupported))];
}
