using System.Diagnostics;
using System.Security.Cryptography;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>What SHA-256 of an instance costs in this process, in the pieces in which a receiver sees it.</summary>
internal sealed class DigestSlot : ISlot
{
    public const string Sha256 = "SHA-256";

    private const int Piece = 256 * 1024, Most = 20;

    public string Name => "digest";

    public async Task RunAsync(Stand stand)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var set in stand.Options.Cells.Select(c => c.Set).Append(InstanceSets.Rgb).Distinct())
        {
            var files = new List<byte[]>();
            foreach (var path in stand.Sender.Files(set).Take(Most))
            {
                files.Add(await File.ReadAllBytesAsync(path, stand.Cancellation));
            }

            var watch = Stopwatch.StartNew();
            foreach (var file in files)
            {
                Hash(digest, file);
            }

            var seconds = watch.Elapsed.TotalSeconds;
            stand.Add(new Sample(Name, Sha256, new Cell(set, 1), stand.Repetition, new Sent(files.Count, 0, files.Count / seconds), seconds, 0, null, 0));
        }
    }

    private static void Hash(IncrementalHash digest, ReadOnlySpan<byte> bytes)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(Piece, bytes.Length)..])
        {
            digest.AppendData(bytes[..Math.Min(Piece, bytes.Length)]);
        }

        _ = digest.GetHashAndReset();
    }
}
