using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

public sealed class OrtEngineFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_same_parts_share_a_folder_and_others_do_not()
    {
        var folder = OrtEngineFolder.Prepare(_root, "network", "1.30.0", "fp32");
        Assert.True(Directory.Exists(folder));
        Assert.Equal(folder, OrtEngineFolder.Prepare(_root, "network", "1.30.0", "fp32"));
        Assert.NotEqual(folder, OrtEngineFolder.Prepare(_root, "network", "1.30.0", "fp16"));
        Assert.NotEqual(OrtEngineFolder.Prepare(_root, "a", "b"), OrtEngineFolder.Prepare(_root, "ab"));
    }

    [Fact]
    public void Nobody_else_reads_it_and_a_folder_that_others_write_to_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(Own, File.GetUnixFileMode(OrtEngineFolder.Prepare(_root, "a")));
        File.SetUnixFileMode(_root, Own | UnixFileMode.OtherWrite);
        Assert.Contains("chmod go-w", Assert.Throws<OrtDeviceException>(() => OrtEngineFolder.Prepare(_root, "a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_its_place_is_told_with_the_setting()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Contains("Inference:EngineCache", Assert.Throws<OrtDeviceException>(() => OrtEngineFolder.Prepare(file, "a")).Message, StringComparison.Ordinal);
    }
}
