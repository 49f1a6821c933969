using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Networks;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Benchmarks.Scoring;

/// <summary>A package around a network with random weights: says nothing about any picture, costs what the real one costs.</summary>
internal sealed record BenchPackage(string Id, string Folder, int Side)
{
    public const int Classes = 2;

    public string Network => Path.Combine(Folder, "model.onnx");

    /// <param name="raises">It flags every image, and may raise the study; else it may not.</param>
    public static BenchPackage Make(string models, string network, bool int8, OrtLibrary library, bool raises = false)
    {
        var design = NetworkCatalog.Find(network)!;
        var id = string.Concat(network.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c == '-')) + (int8 ? "-int8" : "");
        var package = new BenchPackage(id, Directory.CreateDirectory(Path.Combine(models, id, "golden")).Parent!.FullName, design.InputSize);
        var bytes = RandomNetwork.Create(design, Classes, int8: int8).Graph.ToBytes();
        File.WriteAllBytes(package.Network, bytes);
        var input = new float[3 * package.Side * package.Side];
        for (var i = 0; i < input.Length; i++)
            input[i] = i % 255 / 255f;
        using var session = OrtSession.Create(library, bytes, new OrtSessionSettings());
        File.WriteAllBytes(Path.Combine(package.Folder, "golden", "input.f32"), MemoryMarshal.AsBytes<float>(input).ToArray());
        File.WriteAllBytes(Path.Combine(package.Folder, "golden", "output.f32"), MemoryMarshal.AsBytes<float>(session.Run(input, [1, 3, package.Side, package.Side])[0]).ToArray());
        File.WriteAllText(Path.Combine(package.Folder, "model.yaml"), $$"""
            schema: 1
            id: {{id}}
            version: 1.0.0
            sha256: {{Convert.ToHexStringLower(SHA256.HashData(bytes))}}
            bytes: {{bytes.Length}}
            demonstration: true
            reviewBy: 2099-12-31
            modelKind: classifier
            manufacturer: benchmark
            intendedUse: Benchmark with random weights. Not for clinical use.
            family: CNN
            architecture: {{network}}
            input: { name: input, dtype: float32, layout: NCHW, shape: [-1, 3, {{package.Side}}, {{package.Side}}] }
            colour: gray-replicate
            roi: { policy: largest, fallback: true, minSide: 64 }
            resize: { w: {{package.Side}}, h: {{package.Side}}, mode: stretch, interpolation: bilinear, antialias: true }
            scale: 0.00392156862745098
            mean: [0.485, 0.456, 0.406]
            std: [0.229, 0.224, 0.225]
            outputs:
              - name: logits
                activation: softmax
                classes:
                  - { id: no, display: Not flagged, code: NO, scheme: 99BENCH, meaning: Not flagged by this model }
                  - { id: yes, display: Flagged, code: YES, scheme: 99BENCH, meaning: Flagged, isPositive: true }
            threshold: { value: {{(raises ? "0.000001" : "0.5")}}, source: none }
            aggregation: { imageToStudy: max }
            triage: { positive: {{(raises ? "TP2" : "TP4")}} }
            routing: { modality: [US], bMode: true }
            golden: { input: golden/input.f32, output: golden/output.f32, tolerance: 0.01 }
            network: { precision: {{(int8 ? "int8" : "float32")}} }
            {{(raises ? "evaluation: [{ dataset: none, splitUnit: study, level: study, cases: 2, positives: 1, auc: 0.5, aucLow: 0, aucHigh: 1, sensitivity: 1, specificity: 0 }]" : "")}}
            """);
        return package;
    }
}
