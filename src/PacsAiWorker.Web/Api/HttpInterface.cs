using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Api;

/// <summary><c>/api/v1</c>: the same queries as the pages, as JSON. Errors are problem details (RFC 9457).</summary>
internal static class HttpInterface
{
    private const int Most = 1000;

    /// <summary>Whether a request is for us and not for a page.</summary>
    public static bool IsAsked(HttpContext context) => context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal);

    public static void AddHttpInterface(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "PacsAiWorker";
            document.Info.Description = "Reading list, studies, record and answers. Results are preliminary, unverified results of software.";
            return Task.CompletedTask;
        }));
    }

    public static void MapHttpInterface(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1");
        api.MapOpenApi("/openapi.json").RequireAuthorization(Rights.See);
        api.MapGet("/worklist", WorklistAsync).RequireAuthorization(Rights.See).WithSummary("The reading list in its order");
        api.MapGet("/studies/{uid}", async (string uid, RecordsDatabase database, CancellationToken cancellation) =>
            await StudyQuery.RunAsync(database, uid, cancellation) is { } view ? Results.Ok(view) : Problem(404, $"No study {uid} was received", "Ask /api/v1/worklist for those that were"))
            .RequireAuthorization(Rights.See).WithSummary("One study with images, scores, verdicts, reports, answers and every step");
        api.MapGet("/models", async (ModelStore models, CancellationToken cancellation) => Results.Ok((await models.ListAsync(cancellation)).Select(ModelLine.Of)))
            .RequireAuthorization(Rights.See).WithSummary("The packages that were ever in use");
        api.MapGet("/audit", AuditAsync).RequireAuthorization(Rights.Review).WithSummary("The record, newest first; give `before` to go on");
        api.MapGet("/scores", ScoresAsync)
            .RequireAuthorization(Rights.Review).WithSummary("Scores of images, newest first, with what is needed to compute them again");
        api.MapGet("/work", async (string? kind, string? state, Records.Work.WorkDesk desk, CancellationToken cancellation) => Results.Ok(await desk.ListAsync(kind, state, Most, cancellation)))
            .RequireAuthorization(Rights.Review).WithSummary("Work that is not finished");
        api.MapPut("/feedback/{key:guid}", FeedbackAsync).RequireAuthorization(Rights.Answer).WithSummary("What a reader says of a result; the same key again changes nothing");
    }

    private static async Task<IResult> WorklistAsync([AsParameters] WorklistAsked asked, RecordsDatabase database, CancellationToken cancellation)
    {
        if (asked.Refusal is { } refusal)
        {
            return refusal;
        }

        return Results.Ok(await WorklistQuery.RunAsync(database, asked.Filter, cancellation));
    }

    private static async Task<IResult> AuditAsync([AsParameters] AuditAsked asked, RecordsDatabase database, AuditStore audit, TimeProvider clock, HttpContext context)
    {
        if (asked.Limit is < 1 or > Most)
        {
            return Problem(400, $"limit is {asked.Limit}", $"Give 1 to {Most}; go on with before=SEQ");
        }

        var lines = await AuditQuery.RunAsync(database, asked.Filter, context.RequestAborted);
        await audit.AskedAsync(asked.Filter, lines.Count, context.User.Identity!.Name!, clock.GetUtcNow().UtcDateTime, context.RequestAborted);
        return Results.Ok(lines);
    }

    private static async Task<IResult> ScoresAsync([AsParameters] ScoresAsked asked, RecordsDatabase database, AuditStore audit, TimeProvider clock, HttpContext context)
    {
        if (asked.Refusal is { } refusal)
        {
            return refusal;
        }

        await audit.ExportedAsync("scores", new { asked.From, asked.To, asked.Model, asked.Site, asked.Ae, asked.Priority, asked.Answer }, context.User.Identity!.Name!, clock.GetUtcNow().UtcDateTime, context.RequestAborted);
        return Results.Ok(await ScoreQuery.RunAsync(database, asked.Filter, context.RequestAborted));
    }

    private static async Task<IResult> FeedbackAsync(Guid key, FeedbackAnswer answer, ReaderStore readers, TimeProvider clock, HttpContext context)
    {
        if (!FeedbackVerdicts.All.Contains(answer.Verdict) || (answer.Verdict is FeedbackVerdicts.Correct or FeedbackVerdicts.Final && string.IsNullOrEmpty(answer.Label)))
        {
            return Problem(400, $"verdict is \"{answer.Verdict}\"", $"Give one of {string.Join(", ", FeedbackVerdicts.All)}; correct and final need the label of a class");
        }

        if (answer.Verdict == FeedbackVerdicts.Final && !context.User.May(Rights.Review))
        {
            return Problem(403, "Final diagnoses are for quality staff", "Sign in as qa or admin, or use the key of a service");
        }

        try
        {
            var kept = await readers.AnswerAsync(new FeedbackRow
            {
                Id = key,
                ResultId = answer.ResultId,
                Verdict = answer.Verdict,
                Label = answer.Label ?? "",
                Reason = answer.Reason ?? "",
                Source = "api",
                Actor = context.User.Identity!.Name!,
                At = clock.GetUtcNow().UtcDateTime,
            }, context.RequestAborted);
            return kept is null ? Problem(404, $"There is no result {answer.ResultId}", "Ask /api/v1/studies/UID for the results of a study") : Results.NoContent();
        }
        catch (ArgumentException error)
        {
            return Problem(409, "The answer cannot be kept", error.Message);
        }
    }

    internal static IResult Problem(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title);
}

/// <summary>What a reader says of a result.</summary>
/// <param name="ResultId">Key of the result, as <c>/api/v1/studies/UID</c> has it.</param>
/// <param name="Verdict"><c>accept</c>, <c>reject</c> or <c>correct</c>; <c>final</c> for the final diagnosis.</param>
/// <param name="Label">The class that is right; needed with <c>correct</c> and <c>final</c>.</param>
internal sealed record FeedbackAnswer(Guid ResultId, string Verdict, string? Label, string? Reason);

/// <summary>A package that was ever in use.</summary>
internal sealed record ModelLine(string Id, string Version, string Identity, string Sha256, string Manufacturer, bool IsDemonstration, double Threshold, string Aggregation, string Stage, DateTime StageSince, DateTime? SuspendedAt, string SuspendedWhy)
{
    public static ModelLine Of(ModelRow m) => new(m.ModelId, m.Version, m.Identity, m.Sha256, m.Manufacturer, m.IsDemonstration, m.Threshold, m.Aggregation, m.Stage, m.StageSince, m.SuspendedAt, m.SuspendedWhy);
}
