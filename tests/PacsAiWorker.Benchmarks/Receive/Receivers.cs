using System.Text.Json;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>
/// The peers and the floors. <c>-nd</c>: TCP_NODELAY=1 in the environment, which DCMTK reads; without it every response waits 40 ms, and
/// no comparison means anything. <c>+B-128k</c>: bit-preserving with the longest PDU, DCMTK at its best.
/// </summary>
internal static class Receivers
{
    public const string Worker = "worker", Storescp = "storescp-nd", DurableStorescp = "storescp-nd+B-128k-fork-fsync", Orthanc = "orthanc-nd", LimitCommit = "limit-commit";

    private static readonly string[] Best = ["+B", "-pdu", "131072"];

    public static IReadOnlyList<Receiver> All { get; } =
    [
        WorkerReceiver.New(Worker) with { TakesManyClips = true },
        WorkerReceiver.WithoutSync(Worker + "-nosync"),
        StorescpOf(Storescp, noDelay: true),
        StorescpOf("storescp-nd-fork", noDelay: true, false, "--fork"),
        StorescpOf(DurableStorescp, noDelay: true, durable: true, [.. Best, "--fork"]),
        Dcmrecv("dcmrecv-nd+B-128k", durable: false),
        Dcmrecv("dcmrecv-nd+B-128k-fsync", durable: true),
        OrthancOf(Orthanc, noDelay: true),
        OrthancOf("orthanc-nd-nosync", noDelay: true, sync: false),
        Limit("file"),
        Limit("fsync"),
        Limit("commit") with { TakesManyClips = true },
        Limit("log") with { CanBeEmptied = false },
    ];

    /// <param name="durable">Every file is synced before it is closed, and so before the response.</param>
    public static Receiver StorescpOf(string name, bool noDelay, bool durable = false, params string[] options) =>
        new(name, place => Dcmtk(place, "storescp", noDelay, durable, ["+xa", .. options]));

    /// <param name="sync">Orthanc's own default, SyncStorageArea.</param>
    public static Receiver OrthancOf(string name, bool noDelay, bool sync = true) =>
        new(name, place => OrthancCommand(place, noDelay, sync)) { AeTitle = "ORTHANC", CanBeEmptied = false };

    // Without its configuration dcmrecv refuses JPEG.
    private static Receiver Dcmrecv(string name, bool durable) =>
        new(name, place => Dcmtk(place, "dcmrecv", noDelay: true, durable, ["-xf", "/etc/dcmtk/storescp.cfg", "AllDICOM", .. Best]));

    private static Receiver Limit(string mode) => new("limit-" + mode, place => new Command(place.Tool("limit"), "-m", mode, "-p", $"{place.Port}", "-d", place.Folder));

    private static Command Dcmtk(Place place, string program, bool noDelay, bool durable, string[] options)
    {
        var environment = NoDelay(noDelay);
        if (durable)
        {
            environment["LD_PRELOAD"] = place.Tool("sync_on_close.so");
        }

        return new Command(Programs.Find(program, "dcmtk"), ["-q", .. options, "-od", place.Folder, $"{place.Port}"]) { Environment = environment };
    }

    private static Command OrthancCommand(Place place, bool noDelay, bool sync)
    {
        var settings = Path.Combine(place.Folder, "orthanc.json");
        File.WriteAllText(settings, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["StorageDirectory"] = Path.Combine(place.Folder, "store"),
            ["IndexDirectory"] = Path.Combine(place.Folder, "store"),
            ["HttpServerEnabled"] = false,
            ["RemoteAccessAllowed"] = false,
            ["DicomAet"] = "ORTHANC",
            ["DicomPort"] = place.Port,
            ["DicomAlwaysAllowStore"] = true,
            ["OverwriteInstances"] = false,
            ["SyncStorageArea"] = sync,
            ["Plugins"] = Array.Empty<string>(),
        }));
        return new Command(Programs.Find("Orthanc", "orthanc"), settings) { Environment = NoDelay(noDelay) };
    }

    private static Dictionary<string, string> NoDelay(bool noDelay) => noDelay ? new() { ["TCP_NODELAY"] = "1" } : [];
}
