using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Native.Files;
using PacsAiWorker.Records;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// One instance on its way to the disk. Order: <c>.part</c>, bytes as they come, sync, rename, folder sync, row, then 0000H.
/// Nothing of a failed transfer stays.
/// </summary>
public sealed class SpoolSink : IStoreSink
{
    private readonly StoreContext _context;
    private readonly Spool _spool;
    private readonly GroupCommitter _committer;
    private readonly StorageHealth _health;
    private readonly CallerOptions _caller;
    private readonly ILogger _log;
    private readonly Guid _id = Guid.CreateVersion7();
    private readonly string _part;
    private readonly string _file;
    private readonly ElementWalker _walker;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly int _headerBytes;
    private SafeFileHandle? _handle;
    private long _length;
    private IOException? _failure;

    /// <param name="caller">Site, quiet time and tier already resolved.</param>
    public SpoolSink(StoreContext context, Spool spool, GroupCommitter committer, StorageHealth health, CallerOptions caller, ILogger log)
    {
        (_context, _spool, _committer, _health, _caller, _log) = (context, spool, committer, health, caller, log);
        _file = Spool.NameOf(_id);
        _part = Path.ChangeExtension(spool.PathOf(_file), Spool.Partial);
        _walker = new ElementWalker(TransferSyntax.Find(context.TransferSyntaxUid)!);
        var header = Part10.Header(new FileMeta(context.SopClassUid, context.SopInstanceUid, context.TransferSyntaxUid,
            context.Association.CallingAe, context.Association.CallingAe, context.Association.CalledAe));
        _headerBytes = header.Length;
        try
        {
            _handle = File.OpenHandle(_part, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(_handle, header, 0);
            _length = header.Length;
        }
        catch (IOException error)
        {
            _failure = error;
        }
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        if (_failure is not null)
        {
            return;
        }

        try
        {
            long bytes = 0;
            for (var i = 0; i < slices.Count; i++)
            {
                _digest.AppendData(slices[i].Span);
                _walker.Feed(slices[i].Span);
                bytes += slices[i].Length;
            }

            // One gathered write: no copy between the socket's buffer and the page cache.
            RandomAccess.Write(_handle!, slices, _length);
            _length += bytes;
        }
        catch (IOException error)
        {
            // The rest of the message is taken from the wire and forgotten; the answer is A700H.
            _failure = error;
        }
    }

    public DimseResponse Complete()
    {
        if (_failure is not null)
        {
            return Refuse(DimseStatus.OutOfResources, $"spool: {Words(_failure)}", "out of storage");
        }

        var header = ReceivedHeader.From(_walker.ToDataSet());
        if (header.Missing is { } missing)
        {
            return Refuse(DimseStatus.CannotUnderstand, $"{_walker.Reason ?? "data set readable"}; {missing} is missing", $"no {missing}");
        }

        if (header.SopInstanceUid != _context.SopInstanceUid || (header.SopClassUid is { } sopClass && sopClass != _context.SopClassUid))
        {
            return Refuse(DimseStatus.DataSetMismatch, "SOP UIDs of command and data set differ", "SOP UIDs of command and data set differ");
        }

        return MakeWhole() is { } failed ? failed : Commit(header);
    }

    public void Abandon(string reason)
    {
        PipelineLog.AssociationBroken(_log, _context.Association.CallingAe, reason);
        Discard();
    }

    /// <summary>Sync and rename; a failed sync is final for the whole spool: the kernel may have dropped what we wrote.</summary>
    private DimseResponse? MakeWhole()
    {
        try
        {
            Durable.SyncFile(_handle!);
            _handle!.Dispose();
            Durable.Rename(_part, _spool.PathOf(_file));
            return null;
        }
        catch (IOException error)
        {
            _health.Break($"the spool could not be synced: {Words(error)}");
            PipelineLog.StorageFault(_log, Words(error));
            return Refuse(DimseStatus.OutOfResources, $"sync: {Words(error)}", "storage fault");
        }
    }

    private DimseResponse Commit(ReceivedHeader header)
    {
        var row = header.Row(_id, _file, _context.TransferSyntaxUid, Convert.ToHexStringLower(_digest.GetHashAndReset()), _length - _headerBytes,
            _context.Association.CallingAe, _context.Association.CalledAe, "cstore");
        _digest.Dispose();
        try
        {
            var result = _committer.Commit(new ReceivedInstance(row, header.StudyInstanceUid!, header.Identity(), _caller.Site, (short)_caller.Tier, TimeSpan.FromSeconds(_caller.QuietSeconds)));
            if (result.Verdict == JournalVerdict.Duplicate)
            {
                _spool.KeepOne(_file, result.File);
            }

            PipelineMeters.Received.Add(1, PipelineMeters.Tag("calling_ae", row.CallingAe), PipelineMeters.Tag("verdict", result.Verdict.ToString()));
            PipelineLog.InstanceKept(_log, _id, row.CallingAe, result.Verdict.ToString(), row.DataSetBytes);
            return new DimseResponse(DimseStatus.Success, null);
        }
        catch (NotCommittedException error)
        {
            // Whole and synced: the file stays and is adopted at the next start, whatever became of the row.
            PipelineLog.InstanceRefused(_log, row.CallingAe, DimseStatus.OutOfResources, error.Message);
            return new DimseResponse(DimseStatus.OutOfResources, "journal unavailable");
        }
    }

    private DimseResponse Refuse(ushort status, string reason, string comment)
    {
        PipelineMeters.Refused.Add(1, PipelineMeters.Tag("status", $"{status:X4}"));
        PipelineLog.InstanceRefused(_log, _context.Association.CallingAe, status, reason);
        Discard();
        return new DimseResponse(status, comment);
    }

    private void Discard()
    {
        _handle?.Dispose();
        _handle = null;
        _digest.Dispose();
        try
        {
            File.Delete(_part);
        }
        catch (IOException)
        {
            // The next start removes every .part.
        }
    }

    /// <summary>Disk-full has several codes in .NET: plain write, preallocation, quota.</summary>
    private static string Words(IOException error) => (error.HResult & 0xFFFF) switch
    {
        28 or 0x1620 => "no space left on the disk",
        122 => "disk quota exceeded",
        _ => error.Message.Split('\'')[0].Trim(),
    };
}
