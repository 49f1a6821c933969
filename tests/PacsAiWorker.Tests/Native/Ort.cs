using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

/// <summary>The library under test; its absence fails the tests with a sentence, it never skips them.</summary>
internal static class Ort
{
    public static OrtLibrary Library { get; } = OrtLibrary.Load(null, AppContext.BaseDirectory);
}
