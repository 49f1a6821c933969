using Microsoft.Extensions.Logging;

namespace PacsAiWorker.Pipeline;

/// <summary>Everything this project says. Our own keys only; UIDs at Debug; nothing about a patient, ever.</summary>
internal static partial class PipelineLog
{
    [LoggerMessage(1001, LogLevel.Information, "Receiving as {AeTitle} on {Address}:{Port}")]
    public static partial void Listening(ILogger log, string aeTitle, string address, int port);

    [LoggerMessage(1002, LogLevel.Information, "Association from {CallingAe} refused: {Rule}")]
    public static partial void AssociationRefused(ILogger log, string callingAe, string rule);

    [LoggerMessage(1024, LogLevel.Warning, "{CallingAe} wants to report storage commitment and is no destination that is asked for it: set Dicom:Destinations:N:AeTitle and StorageCommitment")]
    public static partial void CommitmentNotTaken(ILogger log, string callingAe);

    [LoggerMessage(1003, LogLevel.Warning, "Association from {CallingAe} ended: {Reason}")]
    public static partial void AssociationBroken(ILogger log, string callingAe, string reason);

    [LoggerMessage(1004, LogLevel.Information, "Instance {InstanceId} from {CallingAe}: {Verdict}, {Bytes} bytes")]
    public static partial void InstanceKept(ILogger log, Guid instanceId, string callingAe, string verdict, long bytes);

    [LoggerMessage(1005, LogLevel.Warning, "Instance from {CallingAe} answered {Status:X4}H: {Reason}")]
    public static partial void InstanceRefused(ILogger log, string callingAe, int status, string reason);

    [LoggerMessage(1006, LogLevel.Critical, "Storage fault: {Reason}. Nothing more is accepted until the disk is checked and the worker restarted")]
    public static partial void StorageFault(ILogger log, string reason);

    [LoggerMessage(1007, LogLevel.Information, "Segment {Segment} of an earlier run has {Records} records and is followed")]
    public static partial void SegmentFound(ILogger log, Guid segment, int records);

    [LoggerMessage(1008, LogLevel.Error, "Rows wait for the database: {Error}: {Message}. Instances are received and kept; their rows follow from the spool")]
    public static partial void RowsWait(ILogger log, string error, string message);

    [LoggerMessage(1009, LogLevel.Error, "Receiving from {CallingAe} failed by a fault of ours; the peer was answered with a failure")]
    public static partial void ReceiverFailed(ILogger log, Exception error, string callingAe);

    [LoggerMessage(1010, LogLevel.Warning, "TLS files for {Side} changed and cannot be used: {Problem}. What was read before stays in use")]
    public static partial void TlsFilesUnusable(ILogger log, string side, string problem);

    [LoggerMessage(1011, LogLevel.Information, "TLS files for {Side} can be used again and are in use")]
    public static partial void TlsFilesUsable(ILogger log, string side);

    [LoggerMessage(1012, LogLevel.Information, "Rows follow the spool again; they had waited since {Since:u}")]
    public static partial void RowsFollowAgain(ILogger log, DateTime since);

    [LoggerMessage(1013, LogLevel.Critical, "Segment {Segment} of an earlier run: {Torn} records at its end were not on the disk when the power went and were never acknowledged; {Damaged} stretches hold no record any more")]
    public static partial void SegmentDamaged(ILogger log, Guid segment, int torn, int damaged);

    [LoggerMessage(1014, LogLevel.Error, "The record at {Location} has no row: {Reason}. Its bytes stay in the spool; see `pacs-ai-worker spool problems`")]
    public static partial void RecordSetAside(ILogger log, string location, string reason);

    [LoggerMessage(1021, LogLevel.Information, "Segment {Segment} ({Bytes} bytes) left the spool: all in it is older than {Days} days and nothing needs it")]
    public static partial void SegmentDropped(ILogger log, Guid segment, long bytes, int days);

    [LoggerMessage(1022, LogLevel.Warning, "Segment {Segment} could not be deleted: {Reason}. Its images are purged already; it is tried again")]
    public static partial void SegmentNotDropped(ILogger log, Guid segment, string reason);

    [LoggerMessage(1023, LogLevel.Warning, "Retention failed: {Error}: {Message}. Nothing is purged until it succeeds; it is tried again")]
    public static partial void RetentionFailed(ILogger log, string error, string message);

    [LoggerMessage(1101, LogLevel.Warning, "Wake-ups delayed: {Error}: {Message}. Work is found by polling")]
    public static partial void WakeUpsDelayed(ILogger log, string error, string message);

    [LoggerMessage(1102, LogLevel.Information, "{Count} leases ran out and were returned")]
    public static partial void LeasesReturned(ILogger log, int count);

    [LoggerMessage(1103, LogLevel.Warning, "Sweep failed: {Error}: {Message}")]
    public static partial void SweepFailed(ILogger log, string error, string message);

    [LoggerMessage(1104, LogLevel.Warning, "Cannot claim {Kind} work: {Error}: {Message}")]
    public static partial void ClaimFailed(ILogger log, string kind, string error, string message);

    [LoggerMessage(1105, LogLevel.Warning, "{Kind} work {WorkId}: {Message}")]
    public static partial void LeaseLost(ILogger log, string kind, Guid workId, string message);

    [LoggerMessage(1106, LogLevel.Warning, "{Kind} work {WorkId} could not be written: {Error}: {Message}")]
    public static partial void EffectFailed(ILogger log, string kind, Guid workId, string error, string message);

    [LoggerMessage(1107, LogLevel.Warning, "{Kind} work {WorkId} failed at attempt {Attempt}")]
    public static partial void HandlerFailed(ILogger log, Exception error, string kind, Guid workId, int attempt);

    [LoggerMessage(1108, LogLevel.Warning, "{Kind} work {WorkId}: lease not renewed: {Error}: {Message}")]
    public static partial void RenewalFailed(ILogger log, string kind, Guid workId, string error, string message);

    [LoggerMessage(1201, LogLevel.Information, "Model {ModelId} {Version} ({Identity}) is ready at stage {Stage}, {Runtime}")]
    public static partial void ModelReady(ILogger log, string modelId, string version, string identity, string stage, string runtime);

    [LoggerMessage(1202, LogLevel.Error, "Model package {Folder} does not score: {Reason}")]
    public static partial void ModelRefused(ILogger log, string folder, string reason);

    [LoggerMessage(1214, LogLevel.Information, "Model package {Folder} waits for its weights; images that it would take say so")]
    public static partial void ModelWithoutWeights(ILogger log, string folder);

    [LoggerMessage(1204, LogLevel.Warning, "{Remark}")]
    public static partial void StageLowered(ILogger log, string remark);

    [LoggerMessage(1205, LogLevel.Warning, "ONNX Runtime (severity {Severity}, {Category}): {Message}")]
    public static partial void OnnxRuntime(ILogger log, int severity, string category, string message);

    [LoggerMessage(1206, LogLevel.Warning, "Model {ModelId} waits for the database: {Error}: {Message}")]
    public static partial void ModelNotWritten(ILogger log, string modelId, string error, string message);

    [LoggerMessage(1203, LogLevel.Information, "Instance {InstanceId}: {Outcome}")]
    public static partial void InstanceScored(ILogger log, Guid instanceId, string outcome);

    [LoggerMessage(1207, LogLevel.Warning, "The picture that a score was computed from cannot be kept or removed: {Error}: {Message}. The score stands")]
    public static partial void InputNotKept(ILogger log, string error, string message);

    [LoggerMessage(1208, LogLevel.Information, "Pictures of {Studies} studies left: their scores are older than {Days} days")]
    public static partial void InputsPurged(ILogger log, int studies, int days);

    [LoggerMessage(1216, LogLevel.Warning, "Result {ResultId} is reported without heat maps, or without some: {Why}")]
    public static partial void NotExplained(ILogger log, Guid resultId, string why);

    [LoggerMessage(1215, LogLevel.Information, "Study {StudyId} revision {Revision} is flagged before it is complete: {Reason}")]
    public static partial void StudyFlagged(ILogger log, Guid studyId, int revision, string reason);

    [LoggerMessage(1109, LogLevel.Information, "{Count} verdicts cannot be written together ({Error}: {Message}); each is written by itself")]
    public static partial void NotTogether(ILogger log, int count, string error, string message);

    [LoggerMessage(1209, LogLevel.Information, "Model {ModelId} {Version} ({Identity}) is out of use: what it had begun is finished")]
    public static partial void ModelGone(ILogger log, string modelId, string version, string identity);

    [LoggerMessage(1210, LogLevel.Warning, "Which models are suspended cannot be read: {Error}: {Message}. What was known holds")]
    public static partial void SuspensionsNotRead(ILogger log, string error, string message);

    [LoggerMessage(1211, LogLevel.Information, "GPU provider file {File}, SHA-256 {Sha256}")]
    public static partial void ProviderFile(ILogger log, string file, string sha256);

    [LoggerMessage(1212, LogLevel.Information, "No GPU provider: {Files} not in {Folder}")]
    public static partial void ProviderFilesMissing(ILogger log, string files, string folder);

    [LoggerMessage(1213, LogLevel.Warning, "Model {ModelId} {Version} runs on the processor: {Why}")]
    public static partial void OnProcessor(ILogger log, string modelId, string version, string why);

    [LoggerMessage(1301, LogLevel.Information, "Study {StudyId} revision {Revision}: {Sentence}")]
    public static partial void StudyDecided(ILogger log, Guid studyId, int revision, string sentence);

    [LoggerMessage(1302, LogLevel.Error, "Instance {InstanceId} from {CallingAe} has a known SOP Instance UID and other pixels: the first stays in use. Find out which is right, then `study confirm`")]
    public static partial void VersionConflict(ILogger log, Guid instanceId, string callingAe);

    [LoggerMessage(1303, LogLevel.Warning, "Rejection note {InstanceId}, {Title}: {Images} images are out of use; {InDoubt} stay in use, for it does not name their patient beyond doubt")]
    public static partial void NoteFollowed(ILogger log, Guid instanceId, string title, int images, int inDoubt);

    [LoggerMessage(1304, LogLevel.Warning, "{Destination} changed the identity of report {ReportId} (B000): further reports of its study to it wait for `study confirm`")]
    public static partial void IdentityChanged(ILogger log, Guid reportId, string destination);

    [LoggerMessage(1401, LogLevel.Information, "Report {ReportId} written for study {StudyId}")]
    public static partial void ReportWritten(ILogger log, Guid reportId, Guid studyId);

    [LoggerMessage(1502, LogLevel.Warning, "Reports that waited for a destination are not queued yet: {Error}: {Message}. Tried again")]
    public static partial void WaitingReportsNotQueued(ILogger log, string error, string message);

    [LoggerMessage(1503, LogLevel.Information, "{Destination} on report {ReportId}: {Detail}")]
    public static partial void CommitmentReported(ILogger log, Guid reportId, string destination, string detail);

    [LoggerMessage(1504, LogLevel.Warning, "{PeerAe} reported storage commitment {What}; it changes nothing")]
    public static partial void CommitmentStrange(ILogger log, string peerAe, string what);

    [LoggerMessage(1505, LogLevel.Warning, "A report of storage commitment from {PeerAe} cannot be written down: {Error}: {Message}. It was answered 0110H; without a repeat the PACS is asked again")]
    public static partial void CommitmentNotWritten(ILogger log, string peerAe, string error, string message);

    [LoggerMessage(1506, LogLevel.Information, "{Destination} takes reports as {SopClass}")]
    public static partial void OtherClass(ILogger log, string destination, string sopClass);

    [LoggerMessage(1501, LogLevel.Information, "Report {ReportId} to {Destination}: {Outcome}")]
    public static partial void Delivered(ILogger log, Guid reportId, string destination, string outcome);

    [LoggerMessage(1601, LogLevel.Information, "Notice of {Priority} for study {StudyId}: {Outcome}")]
    public static partial void Noticed(ILogger log, string priority, Guid studyId, string outcome);

    [LoggerMessage(1612, LogLevel.Warning, "{Model} {Version} is recalled: withdrawing what it said of {Studies} studies")]
    public static partial void Recalled(ILogger log, string model, string version, int studies);

    [LoggerMessage(1602, LogLevel.Information, "Listening for HL7 on {Address}:{Port}")]
    public static partial void Hl7Listening(ILogger log, string address, int port);

    [LoggerMessage(1603, LogLevel.Warning, "HL7 connection from {Address} ended: {Reason}")]
    public static partial void Hl7ConnectionEnded(ILogger log, string address, string reason);

    [LoggerMessage(1604, LogLevel.Information, "HL7 {Kind} from {Address}: {Outcome}")]
    public static partial void Hl7Received(ILogger log, string kind, string address, string outcome);

    [LoggerMessage(1605, LogLevel.Error, "HL7 port {Address}:{Port} cannot be opened: {Reason}. Tried again")]
    public static partial void Hl7NotListening(ILogger log, string address, int port, string reason);

    [LoggerMessage(1606, LogLevel.Warning, "The modality worklist cannot be asked: {Reason}. The order's priority counts as unknown")]
    public static partial void WorklistNotAsked(ILogger log, string reason);

    [LoggerMessage(1607, LogLevel.Warning, "The modality worklist cannot be asked for the studies of today: {Reason}. Which are absent is not known until it answers")]
    public static partial void ExpectedNotAsked(ILogger log, string reason);

    [LoggerMessage(1608, LogLevel.Debug, "The modality worklist names {Count} ultrasound steps for today ({Extent})")]
    public static partial void ExpectedStudies(ILogger log, int count, string extent);

    [LoggerMessage(1609, LogLevel.Warning, "What is expected was not looked at: {Error}: {Message}. Tried again")]
    public static partial void AbsenceNotWatched(ILogger log, string error, string message);

    [LoggerMessage(1610, LogLevel.Information, "Study {Study}: the modality worklist tells the patient's age; {Images} images are routed again")]
    public static partial void AgeFromWorklist(ILogger log, Guid study, int images);

    [LoggerMessage(1611, LogLevel.Warning, "The modality worklist was not asked for ages: {Error}: {Message}. Tried again")]
    public static partial void AgeNotAsked(ILogger log, string error, string message);
}
