using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>One file, read by us and by others.</summary>
/// <param name="Name">Path below the folder.</param>
/// <param name="Syntax">As we take it; "" where we refuse.</param>
/// <param name="Ours">"n elements" or "refused".</param>
/// <param name="Pydicom">"same", or how it differs, or "refused".</param>
/// <param name="Dcmdump">Likewise; tags and VRs alone.</param>
/// <param name="Rewritten">What both say of our own writing of the file.</param>
/// <param name="Details">The differences, one line each.</param>
internal sealed record DataSetsRow(string Name, string Syntax, string Ours, string Pydicom, string Dcmdump, string Rewritten, IReadOnlyList<string> Details);

/// <summary>Compares how files are read, before their pixel data.</summary>
internal static class DataSetsJudges
{
    public const string Same = "same", Refused = "refused", Differs = "differs";

    public const string PydicomFiles = "/usr/lib/python3/dist-packages/pydicom/data/test_files";

    /// <summary>DICOM files below a folder: everything but texts, JSON, dumps and archives.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is "" or ".dcm" or ".nooffset" && Path.GetFileName(f) != "README")
            .Order(StringComparer.Ordinal)];

    public static async Task<IReadOnlyList<DataSetsRow>> CompareAsync(string folder, IReadOnlyList<string> files, string scratch)
    {
        var theirs = await DataSetsElements.PydicomAsync(files);
        var ours = files.Select(Read).ToList();
        var copies = new List<string>();
        for (int i = 0; i < files.Count; i++)
        {
            if (ours[i] is { } read)
            {
                copies.Add(Path.Combine(scratch, $"{i}.dcm"));
                await File.WriteAllBytesAsync(copies[^1], Rewritten(read.Set));
            }
        }

        var copied = new Queue<ReadFile>(await DataSetsElements.PydicomAsync(copies));
        var rows = new List<DataSetsRow>();
        for (int i = 0; i < files.Count; i++)
        {
            string name = Path.GetRelativePath(folder, files[i]);
            var dumped = await DataSetsElements.DcmdumpAsync(files[i]);
            if (ours[i] is not { } read)
            {
                rows.Add(new(name, "", Refused, theirs[i].Error is null ? "read" : Refused, dumped.Error is null ? "read" : Refused, "", []));
                continue;
            }

            var elements = DataSetsElements.Ours(read.Set);
            var details = new List<string>();
            string pydicom = Verdict("pydicom", elements, theirs[i], values: true, details);
            string dcmdump = Verdict("dcmdump", elements, dumped, values: false, details);
            var kept = DataSetsElements.Ours(Kept(read.Set));
            string again = Verdict("pydicom, rewritten", kept, copied.Dequeue(), values: true, details);
            string dumpedAgain = Verdict("dcmdump, rewritten", kept, await DataSetsElements.DcmdumpAsync(Path.Combine(scratch, $"{i}.dcm")), values: false, details);
            rows.Add(new(name, read.Syntax, $"{elements.Count} elements", pydicom, dcmdump, again == Same ? dumpedAgain : again, details));
        }

        return rows;
    }

    /// <summary>The data set as our writer can write it: without values that were not kept and without group lengths.</summary>
    private static DataSet Kept(DataSet set)
    {
        var kept = new DataSet();
        foreach (DicomElement element in set)
        {
            if (element.Items is { } items)
            {
                kept.SetItems(element.Tag, [.. items.Select(Kept)]);
            }
            else if (!element.Omitted && !element.Tag.IsGroupLength)
            {
                // Odd lengths are padded in writing.
                byte[] value = [.. element.Value.Span, .. new byte[element.Value.Length & 1]];
                if ((element.Value.Length & 1) == 1 && element.Vr is not (Vr.UI or Vr.UN or Vr.OB))
                {
                    value[^1] = (byte)' ';
                }

                kept.SetBytes(element.Tag, element.Vr, value);
            }
        }

        return kept;
    }

    private static byte[] Rewritten(DataSet set) => Part10.ToBytes(
        new FileMeta(SopClasses.SecondaryCapture, "1.2.3", TransferSyntax.ExplicitVrLittleEndian.Uid), Kept(set));

    private static (DataSet Set, string Syntax)? Read(string file)
    {
        try
        {
            using var opened = Part10File.Open(file);
            return (opened.DataSet, opened.Syntax.Name);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    private static string Verdict(string judge, IReadOnlyList<ReadElement> ours, ReadFile theirs, bool values, List<string> details)
    {
        if (theirs.Error is not null)
        {
            return Refused;
        }

        int before = details.Count;
        var byPath = theirs.Elements.ToDictionary(e => e.Path);
        foreach (ReadElement mine in ours)
        {
            if (!byPath.Remove(mine.Path, out ReadElement? other))
            {
                details.Add($"{judge} lacks {mine.Path} {mine.Vr}");
            }
            else if (!SameVr(mine.Vr, other.Vr))
            {
                details.Add($"{judge} has {mine.Path} as {other.Vr}, not {mine.Vr}");
            }
            else if (values && other.Length >= 0 && mine.Length >= 0 && (mine.Length != other.Length || (mine.Digest.Length > 0 && mine.Digest != other.Digest)))
            {
                details.Add($"{judge} has another value of {mine.Path}: {other.Length} bytes or items, not {mine.Length}");
            }
        }

        details.AddRange(byPath.Values.Select(e => $"{judge} alone has {e.Path} {e.Vr}"));
        return details.Count == before ? Same : Differs;
    }

    /// <summary>Where implicit VR leaves a choice, pydicom and DCMTK name the choice: "US or SS" and "xs".</summary>
    private static bool SameVr(string ours, string theirs) => ours == theirs || theirs switch
    {
        "xs" => ours is "US" or "SS",
        "ox" or "px" => ours is "OB" or "OW",
        "lt" => ours is "US" or "SS" or "OW",
        "up" => ours == "UL",
        "??" => ours == "UN",
        _ => theirs.Split(" or ").Contains(ours),
    };
}
