namespace PacsAiWorker.Records.Rows;

/// <summary>A person stopped messages about priority: all, those of one package, or those over one channel. It holds on every worker until it is ended.</summary>
public sealed class MessageStopRow
{
    public Guid Id { get; set; }
    public DateTime Since { get; set; }

    /// <summary>Id of the package whose rises are not told, of every version; empty where that is not the measure.</summary>
    public string ModelId { get; set; } = "";

    /// <summary>The one of <see cref="NoticeChannels"/> over which nothing is told; empty where that is not the measure.</summary>
    public string Channel { get; set; } = "";
    public required string Why { get; set; }
    public required string Actor { get; set; }
    public DateTime? EndedAt { get; set; }

    /// <summary>What is stopped, for people: the beginning of a sentence.</summary>
    public string Messages => ModelId.Length > 0 ? $"Priority messages of {ModelId}" : Channel.Length > 0 ? $"Priority messages over {NoticeChannels.InWords(Channel)}" : "Priority messages";
}
