using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Native.Files;
using Xunit;

namespace PacsAiWorker.Tests.Native;

public sealed class DurableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_written_file_its_rename_and_its_folder_can_be_synchronised()
    {
        var part = Path.Combine(_folder, "ä b.part");
        var final = Path.Combine(_folder, "final");
        using (var file = File.OpenHandle(part, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, "pixels"u8, 0);
            Durable.SyncFile(file);
        }
        File.WriteAllText(final, "older");
        Durable.Rename(part, final);
        Durable.SyncDirectory(_folder);
        Assert.Equal("pixels", File.ReadAllText(final));
        Assert.False(File.Exists(part));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_error_with_its_number()
    {
        var e = Assert.Throws<IOException>(() => Durable.SyncDirectory(Path.Combine(_folder, "none")));
        Assert.Equal(2, e.HResult);
        Assert.Contains("No such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_not_taken_for_a_folder()
    {
        var path = Path.Combine(_folder, "file");
        File.WriteAllText(path, "");
        Assert.Equal(20, Assert.Throws<IOException>(() => Durable.SyncDirectory(path)).HResult);
    }

    [Fact]
    public void An_fsync_that_the_kernel_refuses_is_never_reported_as_success()
    {
        using var nobody = new SafeFileHandle(1_000_000, ownsHandle: false);
        Assert.Equal(9, Assert.Throws<SyncException>(() => Durable.SyncFile(nobody)).HResult);
    }

    [Fact]
    public void A_closed_handle_is_an_error()
    {
        var file = File.OpenHandle(Path.Combine(_folder, "x"), FileMode.Create, FileAccess.Write);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Durable.SyncFile(file));
    }

    [Fact]
    public void Renaming_what_is_not_there_is_an_error_with_its_number() =>
        Assert.Equal(2, Assert.Throws<IOException>(() => Durable.Rename(Path.Combine(_folder, "a"), Path.Combine(_folder, "b"))).HResult);
}
