using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>
/// A work item for reading the study (Unified Procedure Step Push, PS3.4 annex CC): made at the first rise, its priority raised at a later and
/// higher one. An item that somebody has begun is left alone.
/// </summary>
public sealed class UpsChannel(UpsOptions options, Hl7Options limits, string callingAe, TimeZoneInfo zone, TimeProvider clock, ILogger<UpsChannel> log) : INoticeChannel
{
    private const int MostRewrites = 1000;
    private static readonly string[] Syntaxes = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];
    private static readonly TransferSyntax Kept = TransferSyntax.ExplicitVrLittleEndian;

    private readonly Lazy<ClientOptions> _client = new(() => DicomTls.Client(new DestinationOptions { Name = "the UPS provider", Host = options.Host, Tls = options.Tls }, log));

    public string Name => NoticeChannels.Ups;

    public string Host => options.Host;

    /// <summary>Ages are those of the messages: one rule for a study, whatever the channel.</summary>
    public PriorityReceiver Receiver(bool isThisMachine) => new(
        options.Enabled, isThisMachine, options.RaiseOnly, options.Elevated switch { "HIGH" => "A", "MEDIUM" => "T", _ => "off" },
        TimeSpan.FromDays(limits.MaxStudyAgeDays), TimeSpan.FromHours(limits.ExistingPriorityHours), "Worklist:Ups");

    public (string ControlId, byte[] Message) Write(NoticePicture picture, string rise, string letter, OruPatient patient, string? earlier)
    {
        if (picture.Notices.LastOrDefault(n => n is { AcknowledgedAt: not null, ControlId: not null }) is { } made)
        {
            return (made.ControlId!, DataSetWriter.Encode(UpsBuilder.Raise(letter), Kept));
        }

        var study = picture.Study;
        var uid = Enumerable.Range(0, MostRewrites).Select(n => Uid(study, rise, n)).SkipWhile(u => earlier is not null && u != earlier).Skip(earlier is null ? 0 : 1).First();
        var images = picture.Images.Select(i => new UpsImage(i.SeriesInstanceUid, i.SopClassUid, i.SopInstanceUid)).ToList();
        return (uid, DataSetWriter.Encode(UpsBuilder.Create(new UpsContent(study.StudyInstanceUid, rise, letter, patient, TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone), images, options)), Kept));
    }

    /// <summary>An item names no package.</summary>
    public bool Names(byte[] message, ModelRow model) => false;

    public async Task<NoticeAnswer> SendAsync(PriorityNoticeRow notice, CancellationToken cancellation)
    {
        var attributes = DataSetReader.Read(notice.Message!, Kept).DataSet;
        var creates = attributes.Contains(Tags.ProcedureStepState);
        try
        {
            // Blocking sockets: a thread of the pool is enough for so few.
            var response = await Task.Run(() => Send(notice.ControlId!, attributes, creates), cancellation);
            return UpsBuilder.Judge(response.Status, creates);
        }
        catch (AssociationException error) when (!error.Transient)
        {
            return new NoticeAnswer(AcknowledgementCode.Reject, error.Message);
        }
        catch (Exception error) when (error is AssociationException or SocketException or TimeoutException)
        {
            throw new IOException(error.Message, error);
        }
    }

    private DimseResponse Send(string uid, DataSet attributes, bool creates)
    {
        using var client = DicomClient.Connect(new PeerAddress(options.AeTitle, options.Host, options.Port), callingAe, [new ProposedContext(SopClasses.UnifiedProcedureStepPush, Syntaxes)], _client.Value);
        var response = creates ? client.CreateInstance(SopClasses.UnifiedProcedureStepPush, uid, attributes) : client.SetInstance(SopClasses.UnifiedProcedureStepPush, uid, attributes);
        client.Release();
        return response;
    }

    /// <summary>The same for each attempt: an item that was made without our knowing is not made twice.</summary>
    private static string Uid(StudyRow study, string rise, int rewritten) => DicomUid.FromName("ups", study.StudyInstanceUid, $"r{study.Revision}", rise, $"{rewritten}");
}
