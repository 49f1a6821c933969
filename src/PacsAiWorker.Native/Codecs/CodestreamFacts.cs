namespace PacsAiWorker.Native.Codecs;

/// <summary>What a codestream says of its picture.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Samples">Components.</param>
/// <param name="Bits">Of one sample.</param>
/// <param name="Signed">Two's complement.</param>
public sealed record CodestreamFacts(int Width, int Height, int Samples, int Bits, bool Signed);
