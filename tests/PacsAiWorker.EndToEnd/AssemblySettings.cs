using System.Runtime.Versioning;
using Xunit;

// Real servers and child processes: see Lanes.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer("PacsAiWorker.EndToEnd.LongestLanesFirst", "PacsAiWorker.EndToEnd")]
[assembly: SupportedOSPlatform("linux")]
