using System.Text.Json.Nodes;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Gpu;

/// <summary>
/// Experiments that tell whether the settings for GPUs are right, in order, each with what it needs; what this machine lacks is said and
/// left out. One result file each, since a GPU may end the process.
/// </summary>
public sealed class GpuBench : IBench
{
    public string Name => "gpu";

    public Task<JsonObject> RunAsync()
    {
        var machine = new GpuMachine(OrtLibrary.Load(Environment.GetEnvironmentVariable(GpuMachine.LibraryVariable), AppContext.BaseDirectory));
        var folder = Directory.CreateDirectory(Path.Combine("artifacts", "bench", "gpu")).FullName;
        var results = new JsonArray();
        foreach (var experiment in GpuExperiment.All)
        {
            Console.WriteLine($"{experiment.Number}. {experiment.Title} (needs {experiment.Needs})");
            var result = Run(experiment, machine);
            Console.WriteLine(result["notPossibleHere"] is { } missing ? $"not possible here: {missing}" : $"{result["found"] ?? result["failed"]}");
            File.WriteAllText(Path.Combine(folder, $"{experiment.Number:00}.json"), result.ToJsonString());
            results.Add(result);
        }
        return Task.FromResult(new JsonObject { ["experiments"] = results });
    }

    /// <summary>The result; a refusal of the library is one too.</summary>
    internal static JsonObject Run(GpuExperiment experiment, GpuMachine machine)
    {
        var result = new JsonObject { ["number"] = experiment.Number, ["title"] = experiment.Title };
        if (experiment.Missing(machine) is { } missing)
        {
            result["notPossibleHere"] = missing;
            return result;
        }
        try
        {
            result["found"] = experiment.Run(machine);
        }
        catch (Exception error) when (error is OrtException or OrtDeviceException)
        {
            result["failed"] = error.Message;
        }
        return result;
    }
}
