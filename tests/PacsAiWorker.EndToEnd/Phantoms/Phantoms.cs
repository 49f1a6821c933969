using System.Text.Json;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Phantoms;

/// <summary>One phantom image as pydicom wrote it.</summary>
/// <param name="Reason">Why the worker must not score it; null when it must.</param>
internal sealed record Phantom(string File, string Sop, string Study, string Patient, string Kind, bool Lesion, string Syntax, string? Reason)
{
    public PartTen PartTen => PartTen.Read(File);
}

/// <summary>Runs make_phantoms.py.</summary>
internal static class PhantomMaker
{
    public static Task<IReadOnlyList<Phantom>> MakeAsync(string folder, int studies, int images, int seed, params string[] more) =>
        PythonAsync<IReadOnlyList<Phantom>>("Phantoms/make_phantoms.py", [folder, "--studies", $"{studies}", "--images", $"{images}", "--seed", $"{seed}", .. more]);

    /// <summary>Runs one of our scripts and reads the JSON that it prints.</summary>
    public static async Task<T> PythonAsync<T>(string script, IEnumerable<string> arguments)
    {
        Tool.Find("/usr/lib/python3/dist-packages/pydicom/__init__.py", "python3-pydicom");
        Tool.Find("/usr/lib/python3/dist-packages/numpy/__init__.py", "python3-numpy");
        var result = await Tool.RunAsync("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, script), .. arguments]);
        return JsonSerializer.Deserialize<T>(result.Succeeded().Output, JsonSerializerOptions.Web)!;
    }
}
