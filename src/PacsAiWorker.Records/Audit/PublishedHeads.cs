using System.Globalization;
using System.Text;

namespace PacsAiWorker.Records.Audit;

/// <summary>The end of the chain at a moment.</summary>
/// <param name="Hash">Of its last entry, lower-case hex.</param>
public sealed record AuditHead(long Seq, string Hash);

/// <summary>
/// Ends of the chain as they were written down outside the database, a line each: <c>time,number,hash</c>. Whoever owns the database can write the
/// whole chain anew so that it holds; what was published before no longer fits it then.
/// </summary>
/// <param name="path">File; made with the first line. Best kept on another machine's disk.</param>
public sealed class PublishedHeads(string path)
{
    public string Path { get; } = path;

    /// <summary>Adds a line, in place of one that a power cut has torn.</summary>
    public async Task AppendAsync(AuditHead head, DateTime at, CancellationToken cancellation)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        var line = string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd'T'HH:mm:ss'Z'},{head.Seq},{head.Hash}\n");
        await using var file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var whole = new byte[file.Length];
        await file.ReadExactlyAsync(whole, cancellation);
        file.SetLength(whole.AsSpan().LastIndexOf((byte)'\n') + 1);
        file.Seek(0, SeekOrigin.End);
        await file.WriteAsync(Encoding.ASCII.GetBytes(line), cancellation);
    }

    /// <summary>What was published, oldest first; nothing while there is no file. A last line that a power cut has torn is left out.</summary>
    /// <exception cref="FormatException">A line is none of ours; the message names it.</exception>
    public IReadOnlyList<AuditHead> Read()
    {
        if (!File.Exists(Path))
        {
            return [];
        }

        var text = File.ReadAllText(Path);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select((line, i) => line.Split(',') is [_, var seq, { Length: 64 } hash] && long.TryParse(seq, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? new AuditHead(number, hash)
            : throw new FormatException($"{Path}, line {i + 1}, is no published head (time,number,hash): put the file back from its backup"))];
    }
}
