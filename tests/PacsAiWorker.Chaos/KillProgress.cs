using System.Text.Json;
using PacsAiWorker.EndToEnd.Kill;

namespace PacsAiWorker.Chaos;

/// <summary>What the runs so far came to, kept in a file so that a later run goes on from there.</summary>
/// <param name="Seed">Of every choice; a file holds one.</param>
/// <param name="Stages">By road and stage; "random" is a stage of its own.</param>
/// <param name="Failures">Never removed by a later run: a failure stays one.</param>
internal sealed record KillProgress(int Seed, SortedDictionary<string, KillStageProgress> Stages, List<KillFailure> Failures)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <exception cref="FormatException">The file is of another seed.</exception>
    public static KillProgress Open(string path, int seed)
    {
        var progress = File.Exists(path) ? JsonSerializer.Deserialize<KillProgress>(File.ReadAllText(path), Json)! : new KillProgress(seed, [], []);
        return progress.Seed == seed ? progress : throw new FormatException($"{path} is of seed {progress.Seed}: go on with --seed {progress.Seed}, or remove the file");
    }

    public KillStageProgress Of(string key) => Stages.GetValueOrDefault(key, new KillStageProgress(0, KillTally.None));

    public void Add(string key, int rounds, KillOutcome outcome)
    {
        var before = Of(key);
        Stages[key] = new KillStageProgress(before.Rounds + rounds, before.Tally + outcome.Tally);
    }

    /// <summary>Whole or not at all: the old file stays until the new one is written.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(path + ".new", path, overwrite: true);
    }
}
