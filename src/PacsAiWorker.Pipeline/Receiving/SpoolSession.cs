using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// One association's way into the log. It has a lane for itself from the first byte of an instance until everything it sent is on the
/// disk; one sync then covers all that it sent ahead.
/// </summary>
public sealed class SpoolSession(SpoolLog spool, StorageHealth health, ArrivingStudies arriving, CallerOptions caller, TimeProvider clock, ILogger log) : IStoreSession
{
    private Lane? _lane;
    private bool _writing;
    private string? _study;

    /// <summary>Resolved settings of the caller.</summary>
    public CallerOptions Caller => caller;

    internal DateTime Now => clock.GetUtcNow().UtcDateTime;

    public StoreStart Begin(StoreContext context)
    {
        if (health.Fault is not null)
        {
            return StoreStart.Refused(DimseStatus.OutOfResources, "storage fault");
        }

        _writing = true;
        return StoreStart.Into(new SpoolSink(context, this, log));
    }

    public DimseResponse? Commit()
    {
        try
        {
            _lane?.Sync();
            KillPoint.At(KillPoints.RecordSynced);
        }
        catch (IOException error)
        {
            Break(error);
            PipelineMeters.Refused.Add(1, PipelineMeters.Tag("status", $"{DimseStatus.OutOfResources:X4}"));
            return new DimseResponse(DimseStatus.OutOfResources, "storage fault");
        }

        Release();
        return null;
    }

    public void Dispose()
    {
        _writing = false;
        Release();
        SendsTo(null);
    }

    /// <summary>The study of the instance that was just received; null at the end. Said before the record can be found in the log.</summary>
    internal void SendsTo(string? studyUid)
    {
        arriving.Move(_study, studyUid);
        _study = studyUid;
    }

    /// <summary>A record, whose lane is the association's own until its next commit.</summary>
    internal RecordWriter NewRecord(ReadOnlySpan<byte> prefix) => spool.Begin(() => _lane ??= spool.Lease(), Guid.CreateVersion7(), prefix);

    /// <summary>A sync failed. Final for the whole spool: the kernel may have dropped what we wrote.</summary>
    internal void Break(IOException error)
    {
        health.Break($"the spool could not be synced: {IoWords.Of(error)}");
        PipelineLog.StorageFault(log, IoWords.Of(error));
    }

    /// <summary>The instance that was begun is sealed or given up.</summary>
    internal void Ended() => _writing = false;

    private void Release()
    {
        if (!_writing)
        {
            _lane?.Dispose();
            _lane = null;
        }
    }
}
