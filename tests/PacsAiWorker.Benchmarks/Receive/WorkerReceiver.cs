using System.Text.Json;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>
/// The worker as users run it: the program itself, its configuration in a file, durable, SQLite, every instance recorded. It only
/// receives, because scoring would compete for the processor, and what only receives has to name a broker: nobody listens there, so
/// wake-ups stay where they are.
/// </summary>
internal static class WorkerReceiver
{
    public const string AeTitle = "PACSAI";

    private const string Database = "data/pacsai.db";

    /// <param name="settings">Beyond those that every run has.</param>
    public static Receiver New(string name, params (string Key, object Value)[] settings) =>
        new(name, place => new Command(Programs.Worker, Arguments(place, settings))) { AeTitle = AeTitle, WarmUpRounds = 6, CanBeEmptied = false, Database = Database };

    /// <summary>What durability costs: every sync succeeds without doing anything.</summary>
    public static Receiver WithoutSync(string name) =>
        New(name) with { Command = place => new Command(place.Tool("nosync"), [Programs.Worker, .. Arguments(place, [])]) };

    private static string[] Arguments(Place place, (string Key, object Value)[] more)
    {
        var settings = new Dictionary<string, object>
        {
            ["Data:Directory"] = Directory.CreateDirectory(Path.Combine(place.Folder, "data")).FullName,
            ["Dicom:AeTitle"] = AeTitle,
            ["Dicom:Port"] = place.Port,
            ["Admin:Urls"] = $"http://127.0.0.1:{Ports.Free()}",
            ["Web:Urls"] = "http://127.0.0.1:0",
            ["Spool:Watermark:Percent"] = 99.9,
            ["Spool:Watermark:ReserveGiB"] = 0.05,
        };
        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        var file = Path.Combine(place.Folder, "worker.json");
        File.WriteAllText(file, JsonSerializer.Serialize(settings));
        return ["run", "--config", file, "--roles", "receive"];
    }
}
