using System.Runtime.Versioning;
using Xunit;

// Real servers and child processes: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: SupportedOSPlatform("linux")]
