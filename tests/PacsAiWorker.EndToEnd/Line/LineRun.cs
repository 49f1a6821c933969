using PacsAiWorker.EndToEnd.Judges;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>
/// The main job once: storescu sends real files and phantoms, first plainly, then over two associations at a time; the worker comes to
/// rest; the reports are fetched from Orthanc. The facts look at what is there then.
/// </summary>
public abstract class LineRun(TestServers servers, Road road) : IAsyncLifetime
{
    /// <summary>Stands in every phantom as the patient's name and nowhere else.</summary>
    internal const string PatientMarker = "ZZMARKER^NAME";

    private readonly TempFolder _folder = new("line");

    internal Installation Line { get; private set; } = null!;

    internal IReadOnlyList<Phantom> Phantoms { get; private set; } = [];

    internal IReadOnlyList<PartTen> Sent { get; private set; } = [];

    /// <summary>The same files as storescp got them from the same storescu.</summary>
    internal IReadOnlyList<PartTen> Elsewhere { get; private set; } = [];

    internal IReadOnlyList<StructuredReport> Reports { get; private set; } = [];

    internal string Metrics { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Line = await Installation.NewAsync(servers, road);
        await Line.StartAllAsync();
        await ListenAsync();
        var first = await PhantomMaker.MakeAsync(_folder.Folder("first"), 4, 3, 11, "--name", PatientMarker);
        var second = await PhantomMaker.MakeAsync(_folder.Folder("second"), 4, 3, 12, "--name", PatientMarker);
        Phantoms = [.. first, .. second];
        Sent = [.. Samples.All, .. Phantoms.Select(p => p.PartTen)];

        await Dcmtk.StoreAsync(Line.DicomPort, "US1", [.. Samples.All, .. first.Select(p => p.PartTen)]);
        PartTen[] again = [.. Samples.All, .. second.Select(p => p.PartTen)];
        await Task.WhenAll(
            Dcmtk.StoreAsync(Line.DicomPort, "US1", again.Where((_, i) => i % 2 == 0)),
            Dcmtk.StoreAsync(Line.DicomPort, "US2", again.Where((_, i) => i % 2 == 1)));
        Elsewhere = await Dcmtk.ReceiveElsewhereAsync(_folder.Folder("elsewhere"), Sent);

        await Line.WaitUntilIdleAsync();
        await ListenedAsync();
        Reports = await ReportJudges.ReadAsync(await Line.Pacs.DownloadAsync(_folder.Folder("reports")));
        Metrics = (await Line.Worker.GetAsync("metrics")).Text;
    }

    /// <summary>Before the first image is sent.</summary>
    protected virtual Task ListenAsync() => Task.CompletedTask;

    /// <summary>After the line has come to rest.</summary>
    protected virtual Task ListenedAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (Line is not null)
        {
            await Line.DisposeAsync();
        }

        _folder.Dispose();
    }
}

public sealed class EmbeddedLineRun(TestServers servers) : LineRun(servers, Road.Embedded);

public sealed class DistributedLineRun(TestServers servers) : LineRun(servers, Road.Distributed)
{
    private BrokerTap? _tap;

    /// <summary>What travelled over the broker meanwhile.</summary>
    internal IReadOnlyCollection<string> Messages { get; private set; } = [];

    protected override async Task ListenAsync() => _tap = await BrokerTap.OpenAsync(Line.Broker!, Line.BrokerHost!, Line.BrokerUri!);

    protected override async Task ListenedAsync()
    {
        Messages = _tap!.Bodies;
        await _tap.DisposeAsync();
    }
}
