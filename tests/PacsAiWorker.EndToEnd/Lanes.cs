using PacsAiWorker.EndToEnd.Servers;
using Xunit;
using Xunit.Abstractions;

namespace PacsAiWorker.EndToEnd;

/// <summary>Tests of one lane run one after the other; three lanes run side by side, for most of the time is spent waiting for servers.</summary>
internal static class Lanes
{
    /// <summary>Something is away, hung, full or broken.</summary>
    public const string Away = "away";

    /// <summary>The worker is killed.</summary>
    public const string Kill = "kill";

    /// <summary>Everything is there.</summary>
    public const string Line = "line";

    /// <summary>The five published systems, each from its recipe to its report.</summary>
    public const string Systems = "systems";

    /// <summary>A browser looks.</summary>
    public const string Desk = "desk";

    /// <summary>What compares rates, or traces the kernel: with nothing beside it.</summary>
    public const string Alone = "alone";
}

[CollectionDefinition(Lanes.Away)]
public sealed class AwayLane : ICollectionFixture<TestServers>;

[CollectionDefinition(Lanes.Kill)]
public sealed class KillLane : ICollectionFixture<TestServers>;

[CollectionDefinition(Lanes.Line)]
public sealed class LineLane : ICollectionFixture<TestServers>;

[CollectionDefinition(Lanes.Systems)]
public sealed class SystemsLane : ICollectionFixture<TestServers>;

[CollectionDefinition(Lanes.Desk)]
public sealed class DeskLane : ICollectionFixture<TestServers>;

[CollectionDefinition(Lanes.Alone, DisableParallelization = true)]
public sealed class AloneLane : ICollectionFixture<TestServers>;

/// <summary>The longest lanes first: what is left over at the end is short, and nobody waits for one long lane.</summary>
public sealed class LongestLanesFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = [Lanes.Kill, Lanes.Line, Lanes.Away, Lanes.Systems, Lanes.Desk];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Array.IndexOf(Longest, c.DisplayName) is >= 0 and var rank ? rank : Longest.Length);
}
