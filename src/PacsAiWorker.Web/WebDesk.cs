using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web;

/// <summary>Runs the desk on a port of its own, apart from health and metrics.</summary>
public sealed class WebDesk(WebOptions options, DeskPlace place, RecordsDatabase database, IDeskSources sources, PublishedHeads heads, TimeProvider clock, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private WebApplication? _site;

    /// <summary>Where it answers; empty while it does not.</summary>
    public IReadOnlyCollection<string> Urls => _site is null ? [] : [.. _site.Urls];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var site = DeskSite.Build(options, place, database, sources, heads, clock, loggers);
        await site.StartAsync(cancellationToken);
        _site = site;
        await new FirstSignIn(place, database, clock, loggers.CreateLogger<FirstSignIn>()).OfferAsync(options.PublicUrl.Length > 0 ? options.PublicUrl.TrimEnd('/') : site.Urls.First(), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _site?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? default;
}
