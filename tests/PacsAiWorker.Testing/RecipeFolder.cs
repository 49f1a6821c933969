namespace PacsAiWorker.Testing;

/// <summary>A recipe for tests: a package without weights, whose pictures are square and whose classes are called c0, c1, ….</summary>
public static class RecipeFolder
{
    /// <summary>Writes its model.yaml into a folder, which is made.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="side">Height and width of the input.</param>
    /// <param name="classes">Number of classes; the last is the positive one.</param>
    /// <param name="activation">softmax, sigmoid or none.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="more">Further lines.</param>
    /// <returns>The folder.</returns>
    public static string Write(string folder, int side, int classes, string activation = "softmax", int channels = 3, string more = "")
    {
        Directory.CreateDirectory(folder);
        var listed = Enumerable.Range(0, classes).Select(i =>
            $"      - {{ id: c{i}, display: Class {i}, code: C{i}, scheme: 99TEST, meaning: Class {i}{(i == classes - 1 ? ", isPositive: true" : "")} }}");
        string PerChannel(string value) => string.Join(", ", Enumerable.Repeat(value, channels));
        File.WriteAllText(Path.Combine(folder, "model.yaml"), $$"""
            schema: 1
            id: imported
            version: 1.0.0
            demonstration: true
            reviewBy: 2099-12-31
            modelKind: classifier
            manufacturer: Tests
            intendedUse: Tests.
            family: CNN
            architecture: Any
            input: { name: input, dtype: float32, layout: NCHW, shape: [-1, {{channels}}, {{side}}, {{side}}] }
            colour: {{(channels == 1 ? "gray" : "gray-replicate")}}
            roi: { policy: largest, fallback: true, minSide: 64 }
            resize: { w: {{side}}, h: {{side}}, mode: stretch, interpolation: bilinear, antialias: true }
            scale: 0.00392156862745098
            mean: [{{PerChannel("0.45")}}]
            std: [{{PerChannel("0.225")}}]
            outputs:
              - name: logits
                activation: {{activation}}
                classes:
            {{string.Join('\n', listed)}}
            threshold: { value: 0.5, source: assumed }
            aggregation: { imageToStudy: max }
            triage: { positive: TP3 }
            routing: { modality: [US], bMode: true }
            {{more}}
            """);
        return folder;
    }
}
