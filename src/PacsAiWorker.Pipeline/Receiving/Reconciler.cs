using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Native.Files;
using PacsAiWorker.Records;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>What a start found in the spool.</summary>
public sealed record Reconciled(int Adopted, int Duplicates, int Partial, int Unreadable);

/// <summary>
/// Before the port opens: partial files go (they were never acknowledged), whole files without a row are adopted as if just received.
/// </summary>
public sealed class Reconciler(Spool spool, Journal journal, Func<string, CallerOptions> callerOf, ILogger<Reconciler> log)
{
    public async Task<Reconciled> RunAsync(CancellationToken cancellation)
    {
        var (adopted, duplicates, partial, unreadable) = (0, 0, 0, 0);
        var known = await journal.KnownFilesAsync(cancellation);
        foreach (var path in Directory.EnumerateFiles(spool.Root, "*" + Spool.Partial, SearchOption.AllDirectories).ToList())
        {
            File.Delete(path);
            partial++;
        }

        foreach (var path in Directory.EnumerateFiles(spool.Root, "*" + Spool.Whole, SearchOption.AllDirectories).ToList())
        {
            var file = Path.GetRelativePath(spool.Root, path).Replace('\\', '/');
            if (known.Contains(file) || Path.GetDirectoryName(path) == spool.SetAside)
            {
                continue;
            }

            var instance = await ReadAsync(path, file, cancellation);
            if (instance is null)
            {
                Durable.Rename(path, Path.Combine(spool.SetAside, Path.GetFileName(path)));
                unreadable++;
            }
            else if ((await journal.CommitAsync([instance], cancellation))[0] == JournalVerdict.Duplicate)
            {
                File.Delete(path);
                duplicates++;
            }
            else
            {
                adopted++;
            }
        }

        var result = new Reconciled(adopted, duplicates, partial, unreadable);
        PipelineLog.Reconciled(log, adopted, duplicates, partial, unreadable);
        return result;
    }

    private async Task<ReceivedInstance?> ReadAsync(string path, string file, CancellationToken cancellation)
    {
        try
        {
            using var part10 = Part10File.Open(path);
            var header = ReceivedHeader.From(part10.DataSet);
            if (header.Missing is not null || !Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "N", out var id))
            {
                return null;
            }

            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            stream.Position = part10.DataSetOffset;
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
            var caller = callerOf(part10.Meta.SourceAe ?? "");
            var row = header.Row(id, file, part10.Meta.TransferSyntaxUid, digest, stream.Length - part10.DataSetOffset,
                part10.Meta.SourceAe ?? "", part10.Meta.ReceivingAe ?? "", "reconcile");
            return new ReceivedInstance(row, header.StudyInstanceUid!, header.Identity(), caller.Site, (short)caller.Tier, TimeSpan.FromSeconds(caller.QuietSeconds));
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }
}
