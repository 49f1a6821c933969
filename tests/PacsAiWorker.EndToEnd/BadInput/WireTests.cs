using System.Buffers.Binary;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.BadInput;

/// <summary>One worker that knows one cart, and a few phantoms.</summary>
public sealed class WireRun(TestServers servers) : IAsyncLifetime
{
    private readonly TempFolder _folder = new("wire");

    internal Installation Line { get; private set; } = null!;

    /// <summary>Explicit little endian; each test takes one of its own.</summary>
    internal IReadOnlyList<PartTen> Files { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Files = [.. (await PhantomMaker.MakeAsync(_folder.Path, 6, 4, 31, "--small", "--plain")).Where(p => p.Kind == "grey").Select(p => p.PartTen)];
        Line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Dicom:AcceptUnknownCallers"] = false,
            ["Dicom:Callers:0:AeTitle"] = "US1",
        });
        await Line.StartAllAsync();
    }

    public async Task DisposeAsync()
    {
        await Line.DisposeAsync();
        _folder.Dispose();
    }
}

[Collection(Lanes.Line)]
public sealed class WireTests(WireRun run) : IClassFixture<WireRun>, IAsyncLifetime
{
    private const string CtImage = "1.2.840.10008.5.1.4.1.1.2";
    private static readonly byte[] StudyInstanceUid = [0x20, 0x00, 0x0D, 0x00];
    private static readonly byte[] PixelData = [0xE0, 0x7F, 0x10, 0x00];

    private Installation Line => run.Line;

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>After each test the worker is alive and answers.</summary>
    public async Task DisposeAsync() => Assert.Equal(0, (await Dcmtk.EchoAsync(Line.DicomPort, "US1")).ExitCode);

    [Fact]
    public async Task An_unknown_calling_AE_is_rejected_and_the_log_names_the_rule_and_the_remedy()
    {
        foreach (var result in new[] { await Dcmtk.EchoAsync(Line.DicomPort, "STRANGER"), await Dcmtk.StoreScuAsync(Line.DicomPort, "STRANGER", [run.Files[0].Path]) })
        {
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains("Calling AE Title Not Recognized", result.All, StringComparison.Ordinal);
        }

        await LoggedAsync("calling AE title \"STRANGER\" is unknown: add it to Dicom:Callers");
    }

    [Fact]
    public async Task A_wrong_called_AE_is_rejected_and_the_log_says_what_we_are_called()
    {
        var result = await Dcmtk.EchoAsync(Line.DicomPort, "US1", "SOMEBODY");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Called AE Title Not Recognized", result.All, StringComparison.Ordinal);
        await LoggedAsync("called AE title \"SOMEBODY\" is not ours (Dicom:AeTitle is \"PACSAI\")");
    }

    [Fact]
    public void An_unsupported_SOP_class_gets_no_context_while_others_on_the_association_work()
    {
        var file = run.Files[0];
        using var client = Cart.Connect(Line.DicomPort, new ProposedContext(CtImage, file.TransferSyntax), Cart.ContextOf(file));
        Assert.False(client.Accepts(CtImage, file.TransferSyntax));
        Assert.True(client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, file.DataSet).IsSuccess);
        client.Release();
    }

    [Fact]
    public async Task An_image_cut_in_its_pixels_is_kept_and_ends_as_corrupt()
    {
        var file = run.Files[1];
        var cut = file.DataSet[..((file.DataSet.Length * 3 / 4) & ~1)];
        Assert.Equal(DimseStatus.Success, Cart.Store(Line.DicomPort, file, cut).Status);
        var row = await OutcomeAsync(file);
        Assert.Equal(("not scored", "corrupt", (long)cut.Length), (row.Text("outcome"), row.Text("outcome_reason"), row.Number("data_set_bytes")));
        Assert.Equal(cut, Line.Kept(row.Text("file")).DataSet);
    }

    [Fact]
    public async Task A_data_set_without_Study_Instance_UID_is_answered_C000_and_not_kept()
    {
        var file = run.Files[2];
        var response = Cart.Store(Line.DicomPort, file, Without(file.DataSet, StudyInstanceUid));
        Assert.Equal(DimseStatus.CannotUnderstand, response.Status);
        Assert.Contains("Study Instance UID", response.ErrorComment, StringComparison.Ordinal);
        await NothingKeptAsync(file);
    }

    [Fact]
    public async Task A_data_set_that_ends_before_its_Study_Instance_UID_is_answered_C000_and_not_kept()
    {
        var file = run.Files[2];
        var end = file.DataSet.AsSpan().IndexOf(StudyInstanceUid) + 10;
        Assert.Equal(DimseStatus.CannotUnderstand, Cart.Store(Line.DicomPort, file, file.DataSet[..end]).Status);
        await NothingKeptAsync(file);
    }

    [Fact]
    public async Task UIDs_of_command_and_data_set_that_differ_are_answered_A900_and_not_kept()
    {
        var file = run.Files[3];
        Assert.Equal(DimseStatus.DataSetMismatch, Cart.Store(Line.DicomPort, file, null, file.SopInstance + ".9").Status);
        await NothingKeptAsync(file);
    }

    [Fact]
    public async Task The_same_image_twice_is_accepted_twice_and_kept_once()
    {
        var file = run.Files[4];
        Assert.True(Cart.Store(Line.DicomPort, file).IsSuccess);
        Assert.True(Cart.Store(Line.DicomPort, file).IsSuccess);
        var row = await OutcomeAsync(file);
        Assert.Equal(1, row.Number("duplicates"));
        Assert.Equal(1, await Line.Rows.CountAsync($"work w JOIN instance i ON w.subject = i.id WHERE i.sop_instance_uid = '{file.SopInstance}'"));
    }

    [Fact]
    public async Task An_image_without_pixels_is_kept_and_ends_as_corrupt()
    {
        var file = run.Files[5];
        var header = file.DataSet[..file.DataSet.AsSpan().LastIndexOf(PixelData)];
        Assert.True(Cart.Store(Line.DicomPort, file, header).IsSuccess);
        Assert.Equal("corrupt", (await OutcomeAsync(file)).Text("outcome_reason"));
    }

    [Fact]
    public async Task A_file_that_is_no_DICOM_gets_one_clear_sentence_from_send_and_inspect()
    {
        var text = Path.Combine(Line.Folder("other"), "letter.txt");
        await File.WriteAllTextAsync(text, "Dear colleague, this is a letter and nothing else.\n");
        var send = await Line.CommandAsync("send", text, "--to", $"PACSAI@127.0.0.1:{Line.DicomPort}", "--from", "US1");
        Assert.Equal(1, send.ExitCode);
        Assert.Contains("letter.txt is no DICOM file", send.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", send.All, StringComparison.Ordinal);
        var inspect = await Line.CommandAsync("inspect", text);
        Assert.Equal(1, inspect.ExitCode);
        Assert.Contains("not a readable DICOM file", inspect.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", inspect.All, StringComparison.Ordinal);
    }

    private Task LoggedAsync(string sentence) => Until.HoldsAsync($"the log says: {sentence}", () => Line.AllLogs.Contains(sentence, StringComparison.Ordinal), () => Line.AllLogs);

    private async Task<Row> OutcomeAsync(PartTen file)
    {
        var sql = $"SELECT * FROM instance WHERE sop_instance_uid = '{file.SopInstance}' AND outcome IS NOT NULL";
        await Until.HoldsAsync("the image has its outcome", async () => (await Line.Rows.QueryAsync(sql)).Count == 1, () => Task.FromResult(Line.AllLogs));
        return (await Line.Rows.QueryAsync(sql))[0];
    }

    private async Task NothingKeptAsync(PartTen file)
    {
        Assert.Equal(0, await Line.Rows.CountAsync($"instance WHERE sop_instance_uid = '{file.SopInstance}'"));
        await Line.WaitUntilRecordedAsync();
    }

    /// <summary>Cuts one element with a short length field out of an explicit little endian data set.</summary>
    private static byte[] Without(byte[] dataSet, byte[] tag)
    {
        var at = dataSet.AsSpan().IndexOf(tag);
        var length = 8 + BinaryPrimitives.ReadUInt16LittleEndian(dataSet.AsSpan(at + 6));
        return [.. dataSet[..at], .. dataSet[(at + length)..]];
    }
}
