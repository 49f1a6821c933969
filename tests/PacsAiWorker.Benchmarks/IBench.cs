using System.Text.Json.Nodes;

namespace PacsAiWorker.Benchmarks;

/// <summary>A comparison with named peers, all in one run on one machine.</summary>
public interface IBench
{
    /// <summary>The word on the command line and the name of the result file.</summary>
    string Name { get; }

    /// <summary>Measures, prints a table of ratios, and gives what is written to <c>artifacts/bench/NAME.json</c>.</summary>
    Task<JsonObject> RunAsync();
}
