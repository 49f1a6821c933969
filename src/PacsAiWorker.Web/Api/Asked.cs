using Microsoft.AspNetCore.Http;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Web.Api;

/// <summary>A question for the reading list, as an address carries it.</summary>
internal sealed record WorklistAsked(
    string? Text, string? Site, string? Ae, string? Priority, string? Model, string? State, bool? Read, bool? Flagged, DateTimeOffset? From, DateTimeOffset? To, int? Skip, int? Limit)
{
    private const int Most = 1000;

    /// <summary>Why it cannot be answered; null when it can.</summary>
    public IResult? Refusal =>
        Limit is < 1 or > Most || Skip < 0 ? HttpInterface.Problem(400, $"limit is {Limit}, skip {Skip}", $"Give a limit of 1 to {Most} and skip what you have seen")
        : Priority is not null && !Priorities.All.Contains(Priority) ? HttpInterface.Problem(400, $"priority is \"{Priority}\"", $"Give one of {string.Join(", ", Priorities.All)}")
        : null;

    public WorklistFilter Filter => new()
    {
        Text = Text,
        Site = Site,
        CallingAe = Ae,
        Priority = Priority,
        ModelId = Model,
        State = State,
        IsRead = Read,
        IsFlagged = Flagged,
        From = From?.UtcDateTime,
        To = To?.UtcDateTime,
        Skip = Skip ?? 0,
        Limit = Limit ?? 100,
    };
}

/// <summary>A question for the record, as an address carries it.</summary>
internal sealed record AuditAsked(DateTimeOffset? From, DateTimeOffset? To, string? Study, string? Action, string? Model, string? Site, string? Ae, string? Actor, long? Before, int? Limit)
{
    public AuditFilter Filter => new(From?.UtcDateTime, To?.UtcDateTime, Study, Action, Model, Site, Ae, Limit ?? 200) { Actor = Actor, Before = Before, NewestFirst = true };
}

/// <summary>A question for scores, as an address carries it; it goes on from the last score of an answer by <c>BeforeAt</c> and <c>BeforeId</c>.</summary>
internal sealed record ScoresAsked(
    DateTimeOffset? From, DateTimeOffset? To, string? Model, string? Version, string? Site, string? Ae, string? Device, string? Label, double? Least, double? Most, bool? Positive, string? Priority, string? Answer, bool? AlsoOutOfUse,
    DateTimeOffset? BeforeAt, Guid? BeforeId, int? Limit)
{
    private const int MostLines = 1000;

    /// <summary>Why it cannot be answered; null when it can.</summary>
    public IResult? Refusal =>
        Limit is < 1 or > MostLines ? HttpInterface.Problem(400, $"limit is {Limit}", $"Give 1 to {MostLines}; go on with beforeAt and beforeId")
        : Least is not (null or (>= 0 and <= 1)) || Most is not (null or (>= 0 and <= 1)) ? HttpInterface.Problem(400, $"least is {Least}, most {Most}", "Give probabilities, 0 to 1")
        : Answer is not (null or "none") && !FeedbackVerdicts.All.Contains(Answer) ? HttpInterface.Problem(400, $"answer is \"{Answer}\"", $"Give one of {string.Join(", ", FeedbackVerdicts.All)}, none")
        : null;

    public ScoreFilter Filter => new()
    {
        From = From?.UtcDateTime,
        To = To?.UtcDateTime,
        ModelId = Model,
        Version = Version,
        Site = Site,
        CallingAe = Ae,
        Device = Device,
        Label = Label,
        Least = Least,
        Most = Most,
        IsPositive = Positive,
        Priority = Priority,
        Answer = Answer,
        AlsoOutOfUse = AlsoOutOfUse ?? false,
        Before = BeforeAt is { } at && BeforeId is { } id ? (at.UtcDateTime, id) : null,
        Limit = Limit ?? 100,
    };
}
