using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>One installation for all stages.</summary>
public sealed class KillStageBench(TestServers servers) : IAsyncLifetime
{
    internal static KillLoad Load { get; } = new(2, 4, 2);

    internal KillBench Bench { get; private set; } = null!;

    public async Task InitializeAsync() => Bench = await KillBench.OpenAsync(servers, Road.Embedded, Load);

    public async Task DisposeAsync()
    {
        if (Bench is not null)
        {
            await Bench.DisposeAsync();
        }
    }
}
