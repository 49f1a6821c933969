using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>What waits where, what failed and why, and what a person does about it. Acts are rows: the pipeline answers them.</summary>
[Authorize(Policy = Rights.See)]
public sealed class PipelineModel(RecordsDatabase database, WorkDesk desk, DestinationDesk destinations, StopStore stops, ModelStore models, ExpectedStore expected, DeskPlace place, DeskTime time) : DeskPage
{
    public StatusReport Status { get; private set; } = null!;
    public IReadOnlyList<DestinationLine> Destinations { get; private set; } = [];

    /// <summary>Ids of the packages that were ever in use.</summary>
    public IReadOnlyList<string> Models { get; private set; } = [];

    /// <summary>As a form names the messages that are stopped; empty for all.</summary>
    public static string Which(string modelId, string channel) => modelId.Length > 0 ? OfModel + modelId : channel.Length > 0 ? OverChannel + channel : "";

    private const string OfModel = "model:", OverChannel = "channel:";

    private static (string Model, string Channel) Scope(string? which) =>
        which?.StartsWith(OfModel, StringComparison.Ordinal) == true ? (which[OfModel.Length..], "")
        : which?.StartsWith(OverChannel, StringComparison.Ordinal) == true ? ("", which[OverChannel.Length..])
        : ("", "");

    /// <summary>What the rooms do, for whoever does not know their names.</summary>
    public static string RoomOf(string kind) => kind switch
    {
        "identity" => "Versions of images to be compared",
        "score" => "Images to be scored",
        "flag" => "Early flags to be raised",
        "study" => "Studies to be decided",
        "explain" => "Heat maps to be made",
        "report" => "Reports to be written",
        "deliver" => "Reports to be sent to a PACS",
        "commit" => "Promises of a PACS to be asked for",
        "notify" => "Rises to be told to the information system",
        "recall" => "Recalled packages to be gone through",
        "look" => "Peers to be looked at",
        _ => kind,
    };

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellation)
    {
        Status = await StatusQuery.RunAsync(database, time.Now, cancellation) with
        {
            Absent = await AbsenceQuery.RunAsync(database, time.Now, place.Limits, cancellation),
            Defects = await DefectQuery.RunAsync(database, time.Now, place.StudyLimit, segments: null, cancellation),
        };
        Destinations = await destinations.ListAsync(cancellation);
        Models = [.. (await models.ListAsync(cancellation)).Where(m => !m.IsRouter).Select(m => m.ModelId).Distinct()];
        return Request.Headers.ContainsKey("HX-Request") ? Partial("_Rooms", this) : Page();
    }

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostRetryAsync(Guid id, CancellationToken cancellation) =>
        await desk.RetryAsync(id, null, null, Actor, cancellation) == 1 ? Said("Put back, with fresh attempts.") : Wrong("It is not parked any more.");

    /// <summary>All that failed for one reason.</summary>
    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostRetryAllAsync(string kind, string? reason, CancellationToken cancellation) =>
        Said($"{await desk.RetryAsync(null, kind, string.IsNullOrEmpty(reason) ? null : reason, Actor, cancellation)} put back, with fresh attempts.");

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostDiscardAsync(Guid id, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why it is given up: the record keeps it.")
        : await desk.DiscardAsync(id, why.Trim(), Actor, cancellation) == 1 ? Said("Given up.") : Wrong("It is not parked any more.");

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostStopAsync(string? why, string? which, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(why))
        {
            return Wrong("Say why priority messages are stopped: it stands on every page until they go out again.");
        }

        var (model, channel) = Scope(which);
        if (Which(model, channel) != (which ?? "") || (model.Length > 0 && (await models.ListAsync(cancellation)).All(m => m.ModelId != model)) || (channel.Length > 0 && !NoticeChannels.All.Contains(channel)))
        {
            return Wrong("There are no such messages: choose a package or a channel of the list, or all of them.");
        }

        var stop = await stops.StopAsync(why.Trim(), Actor, time.Now, cancellation, model, channel);
        return Said($"{stop.Messages} are stopped.");
    }

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostResumeAsync(string? why, string? which, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why they go out again.")
        : await stops.ResumeAsync(why.Trim(), Actor, time.Now, cancellation, Scope(which).Model, Scope(which).Channel) ? Said("Priority messages go out again; what was held back is judged anew.") : Wrong("They were not stopped.");

    /// <summary>Something absent that will not come, or need not.</summary>
    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostDismissAsync(string subject, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why it is not waited for: the record keeps it.")
        : await expected.DismissAsync(subject, why.Trim(), Actor, time.Now, cancellation) ? Said("It is not waited for any more.") : Wrong("It was settled already.");

    [Right(Rights.Administer)]
    public async Task<IActionResult> OnPostRetireAsync(string name, string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong($"Say why {name} is given up: nothing waits for it after that.")
        : Said($"{await destinations.RetireAsync(name, why.Trim(), Actor, cancellation)} reports no longer wait for {name}.");
}
