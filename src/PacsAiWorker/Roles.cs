using PacsAiWorker.Records.Rows;

namespace PacsAiWorker;

/// <summary>The parts a process can play.</summary>
public static class WorkerRoles
{
    public const string AllRoles = "all";
    public const string Receive = "receive";
    public const string Score = "score";
    public const string Report = "report";
    public const string Deliver = "deliver";

    /// <summary>The desk.</summary>
    public const string Web = "web";

    public static readonly IReadOnlyList<string> All = [Receive, Score, Report, Deliver, Web];

    /// <summary>The roles that a setting names.</summary>
    public static IReadOnlyList<string> Parse(string roles) => roles == AllRoles ? All : Split(roles);

    /// <summary>What it names that does not exist.</summary>
    public static IEnumerable<string> Unknown(string roles) =>
        roles == AllRoles ? [] : Split(roles) is { Count: > 0 } named ? named.Where(r => !All.Contains(r)) : [roles];

    /// <summary>Kinds of work of a role. A study is decided where images are scored.</summary>
    public static IReadOnlyList<string> Kinds(IReadOnlyList<string> roles) =>
    [
        .. roles.SelectMany<string, string>(r => r switch
        {
            Score => [WorkKinds.Identity, WorkKinds.Score, WorkKinds.Flag, WorkKinds.Study, WorkKinds.Explain, WorkKinds.Recall],
            Report => [WorkKinds.Report],
            Deliver => [WorkKinds.Deliver, WorkKinds.Commit, WorkKinds.Notify, WorkKinds.Look],
            _ => [],
        }),
    ];

    private static List<string> Split(string roles) => [.. roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
