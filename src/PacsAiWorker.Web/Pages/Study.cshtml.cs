using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>One study: what was said of it and why, its images, its reports with their proof, every step; and a reader's answer.</summary>
[Authorize(Policy = Rights.See)]
public sealed class StudyModel(RecordsDatabase database, ReaderStore readers, StudyStore studies, OverrideStore overrides, IdentityStore identities, WorkTable work, WebOptions options, DeskTime time) : DeskPage
{
    [BindProperty(SupportsGet = true)]
    public string Uid { get; set; } = "";

    public StudyView View { get; private set; } = null!;

    /// <summary>In the site's viewer; null where none is configured.</summary>
    public string? ViewerUrl => options.ViewerUrl.Length == 0 ? null : options.ViewerUrl.Replace("{study}", Uri.EscapeDataString(Uid), StringComparison.Ordinal);

    /// <summary>Images whose scores are flagged first, then in the order of the examination.</summary>
    public IEnumerable<StudyImage> Images => View.Images.Where(i => i.IsCurrent).OrderByDescending(i => i.Scores.Any(s => s.IsPositive)).ThenByDescending(i => i.Scores.Count > 0);

    /// <summary>What awaits a person's word about whose study it is.</summary>
    public StudyDoubt Doubt { get; private set; } = new(0, 0, []);

    /// <summary>Packages that ever flagged it, on any revision or image.</summary>
    public IEnumerable<string> Raisers => View.Verdicts.Where(v => v.Result is { IsPositive: true, WithdrawnAt: null }).Select(v => v.Result.ModelId)
        .Concat(View.Images.Where(i => i.IsCurrent).SelectMany(i => i.Scores).Where(s => s.IsPositive).Select(s => s.ModelId)).Distinct().Order(StringComparer.Ordinal);

    public IEnumerable<StudyVerdict> Latest => View.Verdicts.Where(v => v.IsLatest);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellation)
    {
        if (await StudyQuery.RunAsync(database, Uid, cancellation) is not { } view)
        {
            return NotFound();
        }

        // Seen is what the models have said: before they have, there is nothing to see.
        if (view.Verdicts.Count > 0 && view.Opened.All(o => o.Account != Actor || o.Revision != view.Entry.Revision))
        {
            await readers.OpenedAsync(view.Entry.StudyKey, view.Entry.Revision, Actor, time.Now, cancellation);
        }

        View = view;
        Doubt = await identities.DoubtAsync(Uid, cancellation) ?? Doubt;
        return Page();
    }

    [Right(Rights.Answer)]
    public async Task<IActionResult> OnPostAnswerAsync(Guid key, Guid result, string? verdict, string? label, string? reason, CancellationToken cancellation)
    {
        if (verdict is null || !FeedbackVerdicts.OfReaders.Contains(verdict) || (verdict == FeedbackVerdicts.Correct && string.IsNullOrEmpty(label)))
        {
            return Wrong("Choose accept, reject or correct; to correct, also choose the class that is right.", new { Uid });
        }

        if (verdict != FeedbackVerdicts.Accept && string.IsNullOrWhiteSpace(reason))
        {
            return Wrong("Say why in a few words: whoever looks at this result in a year has nothing else.", new { Uid });
        }

        try
        {
            var kept = await readers.AnswerAsync(new FeedbackRow
            {
                Id = key,
                ResultId = result,
                Verdict = verdict,
                Label = verdict == FeedbackVerdicts.Correct ? label! : "",
                Reason = reason?.Trim() ?? "",
                Source = "page",
                Actor = Actor,
                At = time.Now,
            }, cancellation);
            return kept is null ? Wrong("This result does not exist: load the page anew.", new { Uid }) : Said("Your answer is kept.", new { Uid });
        }
        catch (ArgumentException error)
        {
            return Wrong(error.Message, new { Uid });
        }
    }

    [Right(Rights.Answer)]
    public async Task<IActionResult> OnPostReadAsync(bool read, long seen, CancellationToken cancellation)
    {
        if (await StudyQuery.RunAsync(database, Uid, cancellation) is not { } view)
        {
            return NotFound();
        }

        var last = new DateTime(Math.Clamp(seen, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
        if (!await readers.ReadAsync(view.Entry.StudyKey, read, last, Actor, time.Now, cancellation) && read && !view.Entry.IsRead)
        {
            return Wrong("Images have come since you opened this page: look at them first.", new { Uid });
        }

        return Said(read ? "The study counts as read." : "The study is back among those that wait to be read.", new { Uid });
    }

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostRaiseAsync(string? priority, string? why, CancellationToken cancellation) =>
        priority is not (Priorities.Critical or Priorities.High or Priorities.Elevated) || string.IsNullOrWhiteSpace(why) ? Wrong("Choose a priority and say why.", new { Uid })
        : Told(await overrides.RaiseAsync(Uid, priority, why.Trim(), Actor, time.Now, cancellation));

    /// <summary>A person may lower, with a reason: it binds to what one package has found, and silences nothing new (safety rule 5).</summary>
    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostLowerAsync(string? model, string? why, CancellationToken cancellation) =>
        string.IsNullOrEmpty(model) || string.IsNullOrWhiteSpace(why) ? Wrong("Say why: it stands with the study.", new { Uid })
        : Told(await overrides.LowerAsync(Uid, model, null, why.Trim(), Actor, time.Now, cancellation));

    /// <summary>Whose study it is has been looked at (safety rules 13 and 14).</summary>
    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostConfirmAsync(string? take, string? why, CancellationToken cancellation)
    {
        if (await identities.DoubtAsync(Uid, cancellation) is not { IsNone: false } doubt)
        {
            return Wrong("Nothing of it awaits confirmation any more.", new { Uid });
        }

        if (string.IsNullOrWhiteSpace(why) || take is not (null or Takes.None or Takes.New or Takes.First)
            || (doubt.Corrections > 0 && take is null or Takes.None) || (doubt.Corrections == 0 && take == Takes.New))
        {
            return Wrong("Say which version of the images holds, and why: both stand in the record.", new { Uid });
        }

        await identities.AskAsync(Uid, take ?? Takes.None, why.Trim(), Actor, time.Now, cancellation);
        return Said("Confirmed: the worker carries it out.", new { Uid });
    }

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostTakeBackAsync(string? why, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(why) ? Wrong("Say why: it stands with the study.", new { Uid })
        : Told(await overrides.TakeBackAsync(Uid, why.Trim(), Actor, time.Now, cancellation));

    private IActionResult Told(OverrideOutcome outcome) => outcome.Problem.Length > 0 ? Wrong(outcome.Problem, new { Uid })
        : Said(outcome.After == outcome.Before ? $"Kept; the study stays {Priorities.Meaning(outcome.After)}, for something else holds it there." : $"The study is {Priorities.Meaning(outcome.After)} now.", new { Uid });

    [Right(Rights.Act)]
    public async Task<IActionResult> OnPostCloseAsync(CancellationToken cancellation) =>
        await studies.AskToCloseAsync(Uid, Actor, time.Now, work, cancellation) switch
        {
            null => NotFound(),
            StudyStates.Open => Said("It is decided as soon as its images have their outcomes; an image that comes later opens it again.", new { Uid }),
            _ => Said("It was complete already.", new { Uid }),
        };
}
