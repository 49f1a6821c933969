using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Receiving;

/// <summary>
/// Modality Performed Procedure Step as SCP: a modality that says it has ended lets its study be decided at once. Unlike an image, a step is not
/// kept while the database is away: the modality gets 0110H and the study waits for its quiet time.
/// </summary>
public sealed class PerformedSteps(PerformedStepStore store) : IMppsService
{
    public DimseResponse Create(ServiceRequest request, DataSet attributes)
    {
        var verdict = MppsDecider.Create(StateOf(store.FindAsync(request.SopInstanceUid, default).GetAwaiter().GetResult()), attributes);
        if (!verdict.Response.IsSuccess)
        {
            return verdict.Response;
        }

        var study = attributes.GetItems(Tags.ScheduledStepAttributesSequence).Select(i => i.GetString(Tags.StudyInstanceUID)).FirstOrDefault(DicomUid.IsValid);
        if (study is null)
        {
            return new DimseResponse(DimseStatus.MissingAttributeValue, "Study Instance UID (0020,000D) in (0040,0270)");
        }

        store.BeginAsync(request.SopInstanceUid, study, request.PeerAe, default).GetAwaiter().GetResult();
        return verdict.Response;
    }

    public DimseResponse Set(ServiceRequest request, DataSet modifications)
    {
        var known = store.FindAsync(request.SopInstanceUid, default).GetAwaiter().GetResult();
        var verdict = MppsDecider.Set(StateOf(known), modifications);
        return !verdict.Response.IsSuccess || store.ChangeAsync(request.SopInstanceUid, Text(verdict.State), Images(modifications), default).GetAwaiter().GetResult()
            ? verdict.Response
            : MppsDecider.Set(MppsState.Completed, modifications).Response;
    }

    /// <summary>All that the step made, images and others; null when the modification does not say.</summary>
    private static List<string>? Images(DataSet modifications) => !modifications.Contains(Tags.PerformedSeriesSequence) ? null :
    [
        .. modifications.GetItems(Tags.PerformedSeriesSequence)
            .SelectMany(s => s.GetItems(Tags.ReferencedImageSequence).Concat(s.GetItems(Tags.ReferencedNonImageCompositeSOPInstanceSequence)))
            .Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)).OfType<string>().Where(DicomUid.IsValid).Distinct(),
    ];

    private static MppsState? StateOf(PerformedStepRow? row) => row?.State switch
    {
        null => null,
        StepStates.InProgress => MppsState.InProgress,
        StepStates.Completed => MppsState.Completed,
        _ => MppsState.Discontinued,
    };

    private static string Text(MppsState state) => state switch
    {
        MppsState.InProgress => StepStates.InProgress,
        MppsState.Completed => StepStates.Completed,
        _ => StepStates.Discontinued,
    };
}
