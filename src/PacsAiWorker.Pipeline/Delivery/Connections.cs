using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline.Work;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>What is exchanged with a destination: each rests by itself, for a PACS may be good at one alone.</summary>
public enum Exchange
{
    Store,
    Commitment,
}

/// <summary>Opens associations with destinations, and remembers which of them does not answer. One for all rooms' work in this process.</summary>
public sealed class Connections(Destinations destinations, TimeProvider clock, ILogger<Connections> log)
{
    private readonly ConcurrentDictionary<(string Name, Exchange What), Breaker> _breakers = new();
    private readonly ConcurrentDictionary<string, ClientOptions> _ways = new();

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <summary>Blocks; run it on a thread of its own, see <see cref="Blocking"/>.</summary>
    /// <exception cref="AssociationException">Unreachable, silent, rejected or aborted.</exception>
    public DicomClient Open(DestinationOptions destination, IReadOnlyList<ProposedContext> contexts, ICommitmentEvents? commitment = null) =>
        DicomClient.Connect(new PeerAddress(destination.AeTitle, destination.Host, destination.Port), destinations.CallingAe, contexts,
            _ways.GetOrAdd(destination.Name, _ => DicomTls.Client(destination, log)) with { Commitment = commitment });

    /// <summary>A PACS may take a minute to answer: that is no work for a thread of the pool.</summary>
    public static Task<T> Blocking<T>(Func<T> exchange) => Task.Factory.StartNew(exchange, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>How long a destination that did not answer is still left alone; null when it may be asked.</summary>
    public TimeSpan? RestOf(string name, Exchange what = Exchange.Store) => _breakers.TryGetValue((name, what), out var breaker) && breaker.RestsUntil - Now is { Ticks: > 0 } rest ? rest : null;

    public void Answered(string name, Exchange what = Exchange.Store) => _breakers.TryRemove((name, what), out _);

    public void Failed(string name, Exchange what = Exchange.Store)
    {
        var now = Now;
        _breakers.AddOrUpdate((name, what), _ => default(Breaker).Failed(now), (_, breaker) => breaker.Failed(now));
    }

    /// <summary>Lanes of work that leaves for destinations, so many at a time for each.</summary>
    public ILanes Lanes(Func<DestinationOptions, int> most, Exchange what = Exchange.Store) => new DestinationLanes(this, most, what);

    private int Room(DestinationOptions destination, int most, Exchange what) => _breakers.TryGetValue((destination.Name, what), out var breaker) ? breaker.Room(most, Now) : most;

    private sealed class DestinationLanes(Connections connections, Func<DestinationOptions, int> most, Exchange what) : ILanes
    {
        public int Slots => connections.Known.Sum(most) + 1; // one for what waits for a destination that is no longer configured

        public IReadOnlyList<string> Closed(IReadOnlyDictionary<string, int> running) =>
        [
            .. connections.Known.Where(d => running.GetValueOrDefault(d.Name) >= connections.Room(d, most(d), what)).Select(d => d.Name),
            .. running.Keys.Where(lane => connections.Known.All(d => d.Name != lane)),
        ];
    }

    private IReadOnlyList<DestinationOptions> Known => destinations.All;
}
