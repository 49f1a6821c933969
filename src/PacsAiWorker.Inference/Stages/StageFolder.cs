using System.Text.Encodings.Web;
using System.Text.Json;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Stages;

/// <summary>A folder that takes arrays and, at the end, the list of them. Its names come from package ids and frame numbers alone.</summary>
internal sealed class StageFolder(string path)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<DumpedStage> _stages = [];

    public IReadOnlyList<DumpedStage> Stages => _stages;

    public void Add<T>(string stage, string? model, int frame, ReadOnlySpan<T> values, IReadOnlyList<int> shape, string axes, string unit)
        where T : unmanaged
    {
        var file = $"{(model is null ? "" : model + "/")}frame-{frame:0000}-{stage}.npy";
        var full = Path.Combine(path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using (var stream = File.Create(full))
            NpyFile.Write(stream, values, shape);
        _stages.Add(new DumpedStage(stage, model, frame, shape, NpyFile.Name<T>(), axes, unit, file));
    }

    public void End(object about) => File.WriteAllText(Path.Combine(path, "stages.json"), JsonSerializer.Serialize(about, Indented));
}
