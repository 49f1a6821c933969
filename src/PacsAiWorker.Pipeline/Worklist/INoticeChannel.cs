using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What a receiver made of a notice.</summary>
/// <param name="Text">Its code, without its words: they may name a patient.</param>
/// <param name="IsClosed">It takes no change any more, because somebody reads the study or has read it.</param>
public sealed record NoticeAnswer(AcknowledgementCode Code, string Text, bool IsClosed = false);

/// <summary>A way to tell that a study's priority rose. The rule, the order and the retries are the same for all of them.</summary>
public interface INoticeChannel
{
    /// <summary>One of <see cref="NoticeChannels"/>.</summary>
    string Name { get; }

    /// <summary>Empty where it is off.</summary>
    string Host { get; }

    /// <summary>What was declared of its receiver.</summary>
    PriorityReceiver Receiver(bool isThisMachine);

    /// <summary>The message and the id under which the receiver knows it.</summary>
    /// <param name="earlier">Id of the message that this one takes the place of; null: there was none.</param>
    (string ControlId, byte[] Message) Write(NoticePicture picture, string rise, string letter, OruPatient patient, string? earlier);

    /// <summary>Whether a message that was written tells something of this package.</summary>
    bool Names(byte[] message, ModelRow model);

    /// <exception cref="MllpException">No answer, or none that is one.</exception>
    /// <exception cref="IOException">No connection, or it broke.</exception>
    Task<NoticeAnswer> SendAsync(PriorityNoticeRow notice, CancellationToken cancellation);
}

/// <summary>The channels of this installation and the site's zone.</summary>
/// <param name="All">HL7 first, whether it is on or not; the others only where they are on.</param>
/// <param name="Application">MSH-3 of what we send and answer.</param>
public sealed record NoticeReceivers(IReadOnlyList<INoticeChannel> All, TimeZoneInfo Zone, string Application)
{
    /// <summary>Null for one that is not on any more.</summary>
    public INoticeChannel? Of(string name) => All.FirstOrDefault(c => c.Name == name);
}
