using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

public sealed class OrtProviderFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Library => Path.Combine(_folder, OrtLibrary.FileName);

    [Fact]
    public void Each_provider_misses_its_own_files()
    {
        Assert.Empty(OrtProviderFiles.Missing(Library, OrtProvider.Cpu));
        Assert.Equal(["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"], OrtProviderFiles.Missing(Library, OrtProvider.Cuda));
        File.WriteAllText(Path.Combine(_folder, "libonnxruntime_providers_cuda.so"), "");
        Assert.Equal(["libonnxruntime_providers_shared.so", "libonnxruntime_providers_tensorrt.so"], OrtProviderFiles.Missing(Library, OrtProvider.TensorRt));
    }

    [Fact]
    public void What_is_there_is_told_with_its_digest()
    {
        File.WriteAllText(Path.Combine(_folder, "libonnxruntime_providers_shared.so"), "abc");
        Assert.Equal([("libonnxruntime_providers_shared.so", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")], OrtProviderFiles.Digests(Library, OrtProvider.Cuda));
    }

    [Fact]
    public void The_library_that_would_be_loaded_is_found_where_NuGet_puts_it_too()
    {
        Assert.Null(OrtLibrary.Find(null, _folder));
        var native = Directory.CreateDirectory(Path.Combine(_folder, "runtimes", $"linux-{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}", "native")).FullName;
        File.WriteAllText(Path.Combine(native, "libonnxruntime.so"), "");
        Assert.Equal(Path.Combine(native, "libonnxruntime.so"), OrtLibrary.Find(null, _folder));
        File.WriteAllText(Library, "");
        Assert.Equal(Library, OrtLibrary.Find(null, _folder));
        Assert.Null(OrtLibrary.Find(Path.Combine(_folder, "other.so"), _folder));
    }
}
