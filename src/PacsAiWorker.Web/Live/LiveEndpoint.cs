using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Live;

/// <summary><c>/live</c>: server-sent events, one whenever the record has grown (HTML standard, section 9.2).</summary>
internal static class LiveEndpoint
{
    public static void MapLive(this IEndpointRouteBuilder routes) => routes.MapGet("/live", async (HttpContext context, ChangeFeed feed, IHostApplicationLifetime lifetime) =>
    {
        context.Response.ContentType = "text/event-stream";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await context.Response.WriteAsync("retry: 3000\n\n", ended.Token);
            await context.Response.Body.FlushAsync(ended.Token);
            await foreach (var number in feed.FollowAsync(ended.Token))
            {
                await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"data: {number}\n\n"), ended.Token);
                await context.Response.Body.FlushAsync(ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the desk stops.
        }
    }).RequireAuthorization(Rights.See).ExcludeFromDescription();
}
