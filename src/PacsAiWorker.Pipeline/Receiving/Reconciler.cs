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

        // Files first, rows second: a file that is recorded in between is known, never taken for an orphan.
        var whole = Directory.EnumerateFiles(spool.Root, "*" + Spool.Whole, SearchOption.AllDirectories).ToList();
        var known = await journal.KnownFilesAsync(cancellation);
        foreach (var path in Directory.EnumerateFiles(spool.Root, "*" + Spool.Partial, SearchOption.AllDirectories).ToList())
        {
            File.Delete(path);
            partial++;
        }

        foreach (var path in whole)
        {
            var file = Path.GetRelativePath(spool.Root, path).Replace('\\', '/');
            if (known.Contains(file) || Path.GetDirectoryName(path) == spool.SetAside)
            {
                continue;
            }

            var instance = await ReadAsync(path, file, cancellation);
            var kept = instance is null ? null : await CommitAsync(instance, cancellation);
            if (kept is null)
            {
                Durable.Rename(path, Path.Combine(spool.SetAside, Path.GetFileName(path)));
                unreadable++;
            }
            else if (kept.Verdict == JournalVerdict.Duplicate)
            {
                spool.KeepOne(file, kept.File);
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

    /// <summary>Null when the database answers and does not take the row: one file must not keep the port closed.</summary>
    private async Task<JournalResult?> CommitAsync(ReceivedInstance instance, CancellationToken cancellation)
    {
        try
        {
            return (await journal.CommitAsync([instance], cancellation))[0];
        }
        catch (JournalRefusedException error)
        {
            PipelineLog.JournalFailed(log, nameof(JournalRefusedException), error.Message);
            return null;
        }
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
