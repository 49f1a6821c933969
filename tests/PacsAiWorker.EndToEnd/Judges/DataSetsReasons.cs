using System.Text;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>Why we and another program read a file differently.</summary>
/// <param name="File">Path below the folder.</param>
/// <param name="Judge">Column of the table.</param>
/// <param name="Only">Beginning of the differences that it explains; null for the whole verdict.</param>
/// <param name="Why">Who is right and by what.</param>
internal sealed record DataSetsReason(string File, string Judge, string? Only, string Why);

/// <summary>The closed list of reasons: a difference without one fails, and so does a reason without a difference.</summary>
internal static class DataSetsReasons
{
    private const string Unknown = "Known elements were sent as UN. We keep the VR as sent and interpret the value by the dictionary (PS3.5 6.2.2); pydicom renames the VR.";
    private const string UnknownSequence = "A known sequence was sent as UN. We and pydicom read its items (PS3.5 6.2.2), dcmdump keeps it as bytes.";
    private const string Implicit = "The data set is implicit VR under a compressed syntax. We and pydicom look at the bytes, dcmdump trusts the label.";
    private const string Truncated = "The pixel data is cut short. We and pydicom read the header, dcmdump refuses the file.";
    private const string Stray = "One stray byte stands before the data set. We pass over it; pydicom takes the file for one unknown element, dcmdump refuses it.";
    private const string Cut = "The file ends inside a sequence. We and dcmdump refuse it, pydicom gives what came before.";

    public static IReadOnlyList<DataSetsReason> All { get; } =
    [
        new("MR_truncated.dcm", "dcmdump", null, Truncated),
        new("SC_rgb_jpeg.dcm", "dcmdump", null, Implicit),
        new("no_meta.dcm", "pydicom", "pydicom ", Stray),
        new("no_meta.dcm", "dcmdump", null, Stray),
        .. Renamed("rtdose_rle.dcm"),
        .. Renamed("rtdose_rle_1frame.dcm"),
        new("rtplan_truncated.dcm", "pydicom", null, Cut),
    ];

    /// <summary>The reason for a cell of the table, or null.</summary>
    public static DataSetsReason? Of(string file, string judge) => All.FirstOrDefault(r => r.File == file && r.Judge == judge);

    /// <summary>What no reason explains.</summary>
    public static IEnumerable<string> Unexplained(DataSetsRow row)
    {
        foreach (var (judge, verdict) in Cells(row))
        {
            // Where we refuse, another program's "read" wants a reason; its refusal does not.
            bool agrees = row.Ours == DataSetsJudges.Refused ? verdict is DataSetsJudges.Refused or "" : verdict == DataSetsJudges.Same;
            if (!agrees && Of(row.Name, judge) is null)
            {
                yield return $"{row.Name}, {judge}: {verdict}";
            }
        }

        foreach (string detail in row.Details)
        {
            if (!All.Any(r => r.File == row.Name && r.Only is { } only && detail.StartsWith(only, StringComparison.Ordinal)))
            {
                yield return $"{row.Name}: {detail}";
            }
        }
    }

    /// <summary>Reasons for differences that are none.</summary>
    public static IEnumerable<string> Unused(IReadOnlyList<DataSetsRow> rows) =>
        All.Where(r => !rows.Any(row => row.Name == r.File && (r.Only is { } only
                ? row.Details.Any(d => d.StartsWith(only, StringComparison.Ordinal))
                : Cells(row).Any(c => c.Judge == r.Judge && c.Verdict != DataSetsJudges.Same))))
            .Select(r => $"{r.File}, {r.Judge}");

    public static IEnumerable<(string Judge, string Verdict)> Cells(DataSetsRow row) =>
        [("pydicom", row.Pydicom), ("dcmdump", row.Dcmdump), ("rewritten", row.Rewritten)];

    private static DataSetsReason[] Renamed(string file) =>
    [
        new(file, "pydicom", "pydicom has ", Unknown),
        new(file, "dcmdump", "dcmdump ", UnknownSequence),
        new(file, "rewritten", "pydicom, rewritten has ", Unknown),
    ];
}

/// <summary>Writes docs/judges.md.</summary>
internal static class DataSetsTable
{
    public static string Write(IReadOnlyList<DataSetsRow> rows)
    {
        var notes = new List<string>();
        var text = new StringBuilder("""
            # How others read the same files

            Made by `DataSetsTests` of the end-to-end tests with PACSAI_REFRESH=1; compared with what it finds in every other run. The files
            are those of Debian's python3-pydicom, which are no part of this repository. Every element before the pixel data is compared:
            tag, nesting, VR and value with pydicom; tag, nesting and VR with dcmdump (DCMTK). "Rewritten" is what both make of the file
            as our writer writes it in explicit VR little endian. A number is a reason, below the table.

            | file | transfer syntax | ours | pydicom | dcmdump | rewritten |
            | --- | --- | --- | --- | --- | --- |

            """.ReplaceLineEndings("\n"));
        foreach (DataSetsRow row in rows)
        {
            var cells = DataSetsReasons.Cells(row).Select(c => c.Verdict + Note(row.Name, c.Judge, notes));
            text.Append(null, $"| {row.Name} | {row.Syntax} | {row.Ours} | {string.Join(" | ", cells)} |\n");
        }

        text.Append('\n');
        for (int i = 0; i < notes.Count; i++)
        {
            text.Append(null, $"{i + 1}. {notes[i]}\n");
        }

        return text.ToString();
    }

    private static string Note(string file, string judge, List<string> notes)
    {
        if (DataSetsReasons.Of(file, judge) is not { Why: var why })
        {
            return "";
        }

        if (!notes.Contains(why))
        {
            notes.Add(why);
        }

        return $" ({notes.IndexOf(why) + 1})";
    }
}
