using PacsAiWorker.Inference.Imaging.Codecs;

namespace PacsAiWorker.Tests.Inference;

/// <summary>Decoding processes for all tests; none starts before a compressed picture is read.</summary>
internal static class TestCodecs
{
    public static CodecPool Pool { get; } = new(new CodecOptions { Processes = 2 });
}
