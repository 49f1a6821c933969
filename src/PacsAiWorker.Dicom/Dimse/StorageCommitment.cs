using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>An instance named in storage commitment. <paramref name="FailureReason"/> (0008,1197) only where it failed.</summary>
public sealed record CommitmentItem(string SopClassUid, string SopInstanceUid, ushort? FailureReason = null);

/// <summary>What an SCP of storage commitment says about one transaction (PS3.4 table J.3-2).</summary>
public sealed record CommitmentReport(string TransactionUid, IReadOnlyList<CommitmentItem> Committed, IReadOnlyList<CommitmentItem> Failed)
{
    /// <summary>Event type 1: all committed.</summary>
    public const ushort AllCommitted = 1;

    /// <summary>Event type 2: failures exist.</summary>
    public const ushort FailuresExist = 2;

    public ushort EventType => Failed.Count == 0 ? AllCommitted : FailuresExist;

    /// <summary>Pure: the report in an N-EVENT-REPORT, or the status that refuses it.</summary>
    public static (CommitmentReport? Report, DimseResponse Refusal) Read(ushort? eventType, DataSet dataSet)
    {
        if (eventType is not (AllCommitted or FailuresExist))
        {
            return (null, new DimseResponse(DimseStatus.NoSuchEventType, "event type 1 or 2 (PS3.4 J.3.3)"));
        }

        string? transaction = dataSet.GetString(Tags.TransactionUID);
        if (!DicomUid.IsValid(transaction))
        {
            return (null, new DimseResponse(
                dataSet.Contains(Tags.TransactionUID) ? DimseStatus.InvalidAttributeValue : DimseStatus.MissingAttribute, "Transaction UID (0008,1195)"));
        }

        // Type 2 must name what failed; a type 1 that names failures nevertheless is believed in its failures: nothing is lost that way.
        List<CommitmentItem> failed = Items(dataSet, Tags.FailedSOPSequence, withReason: true);
        return eventType == FailuresExist && failed.Count == 0
            ? (null, new DimseResponse(DimseStatus.MissingAttribute, "Failed SOP Sequence (0008,1198)"))
            : (new CommitmentReport(transaction, Items(dataSet, Tags.ReferencedSOPSequence, withReason: false), failed), default);
    }

    /// <summary>The event information of the report.</summary>
    public DataSet ToDataSet()
    {
        DataSet set = Request(TransactionUid, Committed);
        if (Committed.Count == 0)
        {
            set.Remove(Tags.ReferencedSOPSequence);
        }

        return Failed.Count == 0 ? set : set.SetItems(Tags.FailedSOPSequence, [.. Failed.Select(Item)]);
    }

    /// <summary>The action information of an N-ACTION that asks for commitment (PS3.4 table J.3-1).</summary>
    public static DataSet Request(string transactionUid, IEnumerable<CommitmentItem> items) => new DataSet()
        .Set(Tags.TransactionUID, transactionUid)
        .SetItems(Tags.ReferencedSOPSequence, [.. items.Select(Item)]);

    /// <summary>Pure: what an N-ACTION asks for, or the status that refuses it.</summary>
    public static (string TransactionUid, IReadOnlyList<CommitmentItem> Items, DimseResponse Refusal) ReadRequest(ushort? actionType, DataSet dataSet)
    {
        string? transaction = dataSet.GetString(Tags.TransactionUID);
        List<CommitmentItem> items = Items(dataSet, Tags.ReferencedSOPSequence, withReason: false);
        DimseResponse refusal = actionType != 1 ? new DimseResponse(DimseStatus.NoSuchActionType, "action type 1 (PS3.4 J.3.2)")
            : !DicomUid.IsValid(transaction) ? new DimseResponse(DimseStatus.InvalidAttributeValue, "Transaction UID (0008,1195)")
            : items.Count == 0 ? new DimseResponse(DimseStatus.MissingAttribute, "Referenced SOP Sequence (0008,1199)")
            : default;
        return (transaction ?? "", items, refusal);
    }

    private static DataSet Item(CommitmentItem item)
    {
        DataSet set = new DataSet().Set(Tags.ReferencedSOPClassUID, item.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, item.SopInstanceUid);
        return item.FailureReason is { } reason ? set.SetUShort(Tags.FailureReason, reason) : set;
    }

    private static List<CommitmentItem> Items(DataSet dataSet, DicomTag sequence, bool withReason) =>
    [
        .. dataSet.GetItems(sequence).Select(i => new CommitmentItem(
            i.GetString(Tags.ReferencedSOPClassUID) ?? "",
            i.GetString(Tags.ReferencedSOPInstanceUID) ?? "",
            withReason ? (ushort?)i.GetInt(Tags.FailureReason) ?? DimseStatus.ProcessingFailure : null)),
    ];
}
