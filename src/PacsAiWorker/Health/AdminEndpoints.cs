using PacsAiWorker.Telemetry;

namespace PacsAiWorker.Health;

/// <summary>The admin port: <c>/health/live</c>, <c>/health/started</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
public static class AdminEndpoints
{
    public static void MapAdmin(this WebApplication app)
    {
        // Made now: what is counted before the first scrape counts too.
        app.Services.GetRequiredService<Metrics>();
        app.MapGet("/health/live", () => Results.Text("alive\n"));
        app.MapGet("/health/started", (WorkerHealth health) => health.IsStarted ? Results.Text("started\n") : Results.Text("starting\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/health/ready", async (WorkerHealth health, CancellationToken cancellation) =>
        {
            var problems = await health.NotReadyAsync(cancellation);
            if (problems.Count > 0)
            {
                return Results.Text(string.Join('\n', problems) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
            }

            var degraded = await health.DegradedAsync(cancellation);
            return Results.Text(degraded.Count > 0 ? $"ready to receive, but {string.Join("; ", degraded)}\n" : "ready\n");
        });
        app.MapGet("/metrics", async (Metrics metrics, CancellationToken cancellation) =>
            Results.Text(await metrics.ScrapeAsync(cancellation), "text/plain; version=0.0.4; charset=utf-8"));
    }
}
