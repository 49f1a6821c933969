using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Native.Files;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// One instance on its way into the log: bytes as they come, then the head that makes them a record. 0000H leaves after the session's
/// commit. Nothing of a failed transfer stays.
/// </summary>
public sealed class SpoolSink : IStoreSink
{
    private readonly StoreContext _context;
    private readonly SpoolSession _session;
    private readonly ILogger _log;
    private readonly ElementWalker _walker;
    private RecordWriter? _record;
    private IOException? _failure;

    internal SpoolSink(StoreContext context, SpoolSession session, ILogger log)
    {
        (_context, _session, _log) = (context, session, log);
        _walker = new ElementWalker(TransferSyntax.Find(context.TransferSyntaxUid)!, ReceivedHeader.Identifying);
        _record = session.NewRecord(Part10.Header(new FileMeta(context.SopClassUid, context.SopInstanceUid, context.TransferSyntaxUid,
            context.Association.CallingAe, context.Association.CallingAe, context.Association.CalledAe)));
        KillPoint.At(KillPoints.RecordBegun);
    }

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        if (_failure is not null)
        {
            return;
        }

        try
        {
            for (var i = 0; i < slices.Count; i++)
            {
                _walker.Feed(slices[i].Span);
            }

            _record!.Write(slices);
        }
        catch (IOException error)
        {
            // The rest of the message is taken from the wire and forgotten; the answer is A700H.
            Failed(error);
        }
    }

    public DimseResponse Complete()
    {
        if (_failure is not null)
        {
            return Refuse(DimseStatus.OutOfResources, $"spool: {IoWords.Of(_failure)}", "out of storage");
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

        return Seal(header.StudyInstanceUid!);
    }

    public void Abandon(string reason)
    {
        PipelineLog.AssociationBroken(_log, _context.Association.CallingAe, reason);
        Discard();
    }

    private DimseResponse Seal(string studyUid)
    {
        var (association, caller) = (_context.Association, _session.Caller);
        var note = new ReceivedNote(association.CallingAe, association.CalledAe, _context.TransferSyntaxUid, caller.Site, (short?)caller.Tier, caller.QuietSeconds);
        _session.SendsTo(studyUid);
        try
        {
            _record!.Seal(note.ToBytes(), _session.Now);
            KillPoint.At(KillPoints.RecordWritten);
        }
        catch (IOException error)
        {
            Failed(error);
            return Refuse(DimseStatus.OutOfResources, $"spool: {IoWords.Of(error)}", "out of storage");
        }

        PipelineMeters.Received.Add(1, PipelineMeters.Tag("calling_ae", association.CallingAe));
        Discard();
        return DimseResponse.Success;
    }

    /// <summary>Room may come back; a failed sync is final.</summary>
    private void Failed(IOException error)
    {
        _failure = error;
        if (error is SyncException)
        {
            _session.Break(error);
        }
    }

    private DimseResponse Refuse(ushort status, string reason, string comment)
    {
        PipelineMeters.Refused.Add(1, PipelineMeters.Tag("status", $"{status:X4}"));
        PipelineLog.InstanceRefused(_log, _context.Association.CallingAe, status, reason);
        Discard();
        return new DimseResponse(status, comment);
    }

    /// <summary>What is not sealed never was.</summary>
    private void Discard()
    {
        _record = null;
        _session.Ended();
    }
}
