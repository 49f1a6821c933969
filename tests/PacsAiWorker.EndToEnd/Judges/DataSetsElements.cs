using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Judges;

/// <summary>One element as a program reads it.</summary>
/// <param name="Path">"ggggeeee", behind the sequences and item numbers it stands in.</param>
/// <param name="Length">Bytes, or items of a sequence; -1 unknown.</param>
/// <param name="Digest">Of the value in little endian; "" where it is not compared.</param>
internal sealed record ReadElement(string Path, string Vr, long Length, string Digest);

/// <summary>What one program reads of a file before its pixel data. <c>Error</c> is null where it reads the file.</summary>
internal sealed record ReadFile(string? Error, IReadOnlyList<ReadElement> Elements);

/// <summary>Reads elements with our reader and with programs of others.</summary>
internal static partial class DataSetsElements
{
    public static IReadOnlyList<ReadElement> Ours(DataSet set)
    {
        var found = new List<ReadElement>();
        Flatten(set, "", found);
        return found;
    }

    /// <summary>pydicom, one process for all files.</summary>
    public static async Task<IReadOnlyList<ReadFile>> PydicomAsync(IEnumerable<string> files)
    {
        var answers = await PhantomMaker.PythonAsync<IReadOnlyList<PydicomFile>>("Judges/read_elements.py", ["elements", .. files]);
        return [.. answers.Select(a => new ReadFile(a.Error, [.. a.Elements.Select(e => new ReadElement(e[0].GetString()!, e[1].GetString()!, e[2].GetInt64(), e[3].GetString()!))]))];
    }

    /// <summary>dcmdump gives tags and VRs.</summary>
    public static async Task<ReadFile> DcmdumpAsync(string file)
    {
        var result = await Tool.RunAsync(Tool.Find("/usr/bin/dcmdump", "dcmtk"), ["-q", "-M", file]);
        return result.ExitCode == 0 ? new(null, Dumped(result.Output)) : new("refused", []);
    }

    private sealed record PydicomFile(string File, string? Error, IReadOnlyList<IReadOnlyList<JsonElement>> Elements, bool Pixels);

    private static void Flatten(DataSet set, string prefix, List<ReadElement> found)
    {
        foreach (DicomElement element in set)
        {
            string path = $"{prefix}{element.Tag.Number:x8}";
            if (element.Items is { } items)
            {
                found.Add(new(path, "SQ", items.Count, ""));
                for (int i = 0; i < items.Count; i++)
                {
                    Flatten(items[i], $"{path}[{i}].", found);
                }
            }
            else
            {
                string digest = element.Omitted ? "" : Convert.ToHexStringLower(SHA256.HashData(element.Value.Span))[..16];
                found.Add(new(path, element.Vr.ToString(), element.Length, digest));
            }
        }
    }

    private static List<ReadElement> Dumped(string output)
    {
        var found = new List<ReadElement>();
        var items = new List<int>();
        var path = new List<string>();
        foreach (string line in output[output.IndexOf("# Dicom-Data-Set", StringComparison.Ordinal)..].Split('\n'))
        {
            if (Line().Match(line) is not { Success: true } match)
            {
                continue;
            }

            int level = match.Groups["indent"].Length / 2;
            string tag = match.Groups["group"].Value + match.Groups["element"].Value;
            if (level == 0 && string.CompareOrdinal(tag, "7fe00010") >= 0 && !tag.StartsWith("fffe", StringComparison.Ordinal))
            {
                break;
            }

            if (tag.StartsWith("fffe", StringComparison.Ordinal))
            {
                // Items stand one level below their sequence, their elements two.
                if (tag == "fffee000" && match.Groups["vr"].Value == "na")
                {
                    items[level / 2]++;
                }

                continue;
            }

            int depth = level / 2;
            path.RemoveRange(Math.Min(depth, path.Count), path.Count - Math.Min(depth, path.Count));
            items.RemoveRange(Math.Min(depth, items.Count), items.Count - Math.Min(depth, items.Count));
            string prefix = string.Concat(path.Zip(items, (p, i) => $"{p}[{i}]."));
            found.Add(new(prefix + tag, match.Groups["vr"].Value, -1, ""));
            path.Add(tag);
            items.Add(-1);
        }

        return found;
    }

    [GeneratedRegex(@"^(?<indent> *)\((?<group>[0-9a-f]{4}),(?<element>[0-9a-f]{4})\) (?<vr>..)")]
    private static partial Regex Line();
}
