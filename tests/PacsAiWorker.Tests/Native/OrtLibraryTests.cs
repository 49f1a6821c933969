using System.Runtime.InteropServices;
using PacsAiWorker.Native.OnnxRuntime;
using Xunit;

namespace PacsAiWorker.Tests.Native;

public sealed class OrtLibraryTests
{
    [Fact]
    public void The_library_beside_the_program_is_the_pinned_one()
    {
        Assert.Equal("1.30.0", Ort.Library.Version);
        Assert.NotEmpty(Ort.Library.BuildInfo);
        if (RuntimeInformation.OSArchitecture == Architecture.X64)
            Assert.Equal("ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23", Ort.Library.Sha256);
    }

    [Fact]
    public void The_same_file_is_loaded_once() => Assert.Same(Ort.Library, OrtLibrary.Load(null, AppContext.BaseDirectory));

    [Fact]
    public void A_missing_library_says_every_place_that_was_tried_and_the_remedy()
    {
        var e = Assert.Throws<OrtLibraryException>(() => OrtLibrary.Load(null, "/nowhere"));
        Assert.Contains("ONNX Runtime not found at /nowhere/libonnxruntime.so.1 or /nowhere/libonnxruntime.so or /nowhere/runtimes/linux-", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("Inference:NativeLibraryPath", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_path_that_is_wrong_never_falls_back_to_another_library() =>
        Assert.Contains("/nowhere/ort.so",
            Assert.Throws<OrtLibraryException>(() => OrtLibrary.Load("/nowhere/ort.so", AppContext.BaseDirectory)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_no_library_is_refused_by_name()
    {
        var path = Path.GetTempFileName();
        try
        {
            Assert.Contains(path, Assert.Throws<OrtLibraryException>(() => OrtLibrary.Load(path, "/")).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
