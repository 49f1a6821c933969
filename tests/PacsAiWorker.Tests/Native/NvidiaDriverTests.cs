using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Tests.Native;

public sealed class NvidiaDriverTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.2.0\n", "550.54.15")]
    [InlineData("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35  Release Build\n", "560.35")]
    public void Models_and_driver_are_told_once_each(string version, string number)
    {
        File.WriteAllText(Path.Combine(_root, "version"), version);
        foreach (var (bus, model) in ((string, string)[])[("0000:01:00.0", "Some GPU"), ("0000:02:00.0", "Some GPU")])
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_root, "gpus", bus)).FullName, "information"), $"Model: \t\t {model}\nIRQ: 1\n");
        Assert.Equal($"Some GPU; driver {number}", NvidiaDriver.Describe(_root));
    }

    [Fact]
    public void No_driver_and_one_that_a_container_hides_tell_nothing()
    {
        Assert.Null(NvidiaDriver.Describe(Path.Combine(_root, "none")));
        Assert.Null(NvidiaDriver.Describe(_root));
    }
}
