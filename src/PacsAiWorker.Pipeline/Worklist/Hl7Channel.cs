using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>ORU^R01 over MLLP.</summary>
public sealed class Hl7Channel(Hl7Options options, TimeZoneInfo zone, TimeProvider clock, ILogger<Hl7Channel> log) : INoticeChannel
{
    private readonly Lazy<TlsClientOptions?> _tls = new(() => DicomTls.Client(new DestinationOptions { Name = "the HL7 receiver", Host = options.Host, Tls = options.Tls }, log).Tls);

    public string Name => NoticeChannels.Hl7;

    public string Host => options.Enabled ? options.Host : "";

    public PriorityReceiver Receiver(bool isThisMachine) => new(
        options.Enabled, isThisMachine, options.RaiseOnly, options.ElevatedLetter, TimeSpan.FromDays(options.MaxStudyAgeDays), TimeSpan.FromHours(options.ExistingPriorityHours));

    public (string ControlId, byte[] Message) Write(NoticePicture picture, string rise, string letter, OruPatient patient, string? earlier)
    {
        var study = picture.Study;
        var controlId = OruBuilder.NextControlId(earlier, study.StudyInstanceUid, study.Revision, rise);
        return (controlId, OruBuilder.Build(new OruContent(study.StudyInstanceUid, study.Revision, rise, letter, patient, TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone), zone, options)
        {
            ControlId = controlId,
            Results = picture.Results,
            Early = picture.Early,
            RaisedAt = picture.RaiseTo(rise)?.At,
        }));
    }

    public bool Names(byte[] message, ModelRow model) => OruBuilder.Names(message, model);

    public async Task<NoticeAnswer> SendAsync(PriorityNoticeRow notice, CancellationToken cancellation)
    {
        var peer = new MllpPeer(options.Host, options.Port, _tls.Value, TimeSpan.FromSeconds(options.TimeoutSeconds));
        var answer = await MllpClient.SendAsync(peer, notice.Message, notice.ControlId!, clock, cancellation);
        return new NoticeAnswer(answer.Code, answer.ToString());
    }
}
