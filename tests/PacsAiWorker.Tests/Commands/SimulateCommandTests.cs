using System.CommandLine;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Tests.Commands;

public sealed class SimulateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_data_set_is_not_written_among_other_files()
    {
        File.WriteAllText(Path.Combine(_folder, "labels.csv"), "of another set");
        Assert.Contains("is not empty; name a new or an empty folder", Refused("--out", _folder), StringComparison.Ordinal);
        Assert.Equal("of another set", File.ReadAllText(Path.Combine(_folder, "labels.csv")));
    }

    [Fact]
    public void Writing_and_sending_at_once_is_refused()
    {
        Assert.Contains("take one of them", Refused("--out", _folder, "--to", "PACS@127.0.0.1:104"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private static string Refused(params string[] more)
    {
        var error = Assert.Throws<CommandException>(() => SimulateCommand.Create().Parse(["--dataset", "kidney-normal-abnormal", "--share", "0.01", .. more]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.Equal(ExitCodes.Usage, error.ExitCode);
        return error.Message;
    }
}
