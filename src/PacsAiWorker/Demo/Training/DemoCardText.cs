using System.Globalization;
using PacsAiWorker.Inference.Training;

namespace PacsAiWorker.Demo.Training;

/// <summary>The texts of the demonstration package.</summary>
internal static class DemoCardText
{
    public static string Yaml(string digest, int bytes, DemoFigures f, DemoGolden golden) => string.Create(CultureInfo.InvariantCulture, $$"""
        # Demonstration only, not for clinical use. Written by eng/train-demo-phantom; do not edit.
        schema: 1
        id: demo-phantom
        version: 1.0.0
        sha256: {{digest}}
        bytes: {{bytes}}
        demonstration: true
        reviewBy: 2028-11-22
        modelKind: classifier
        manufacturer: PacsAiWorker
        intendedUse: Demonstration on synthetic phantoms. Not for clinical use.
        family: CNN
        architecture: Filter bank of four scales with a logistic head
        input: { name: picture, dtype: float32, layout: NCHW, shape: [-1, 1, {{FilterBank.Side}}, {{FilterBank.Side}}] }
        colour: gray
        roi: { policy: largest, fallback: true, minSide: 64 }
        resize: { w: {{FilterBank.Side}}, h: {{FilterBank.Side}}, mode: stretch, interpolation: bilinear, antialias: true }
        scale: {{DemoCase.Rule.Scale:R}}
        mean: [0]
        std: [1]
        outputs:
          - name: logits
            activation: softmax
            classes:
              - { id: not-flagged, display: Phantom not flagged, code: NOTFLAGGED, scheme: 99PACSAI, meaning: Not flagged by this model }
              - { id: phantom-lesion, display: Phantom lesion flagged, code: PHANTOMLESION, scheme: 99PACSAI, meaning: Phantom lesion, isPositive: true }
        featureOutput: {{FilterBank.Maps}}
        threshold: { value: {{f.Threshold:R}}, source: 97 % specificity on the training pictures }
        aggregation: { imageToStudy: max }
        triage: { positive: TP3 }
        routing: { modality: [US], bMode: true }
        golden: { input: golden/input.f32, output: golden/output.f32, tolerance: 0.0001, dicom: [{{golden.Card}}] }
        evaluation:
        {{Level("image", f.Image)}}
        {{Level("study", f.Study)}}
        limits:
          - Scores only pictures that carry both phantom markers.
          - Says nothing about patients.

        """);

    public static string Readme(DemoFigures f, int seed) => string.Create(CultureInfo.InvariantCulture, $"""
        # demo-phantom

        **Demonstration, not for clinical use.** Tells synthetic phantoms that were drawn with a lesion from those drawn without.
        It scores nothing else: a picture must carry Manufacturer `PacsAiWorker Phantom` and a PatientID beginning `PHANTOM-`.

        A fixed filter bank (relative contrast of a window against its surroundings at four scales) and a logistic head, trained on
        {f.TrainingPictures} pictures of {f.TrainingStudies} phantom studies: linear, convex and sector outlines, varying gain, layers, small vessels and
        shadows in both classes; lesions darker or brighter, of varying size, place and contrast. A negative means "not flagged by this
        model", nothing more.

        On held-out phantoms from other seeds:

        | level | cases | with lesion | AUC (95 % interval, DeLong) | sensitivity | specificity |
        | --- | --- | --- | --- | --- | --- |
        | picture | {f.Image.Cases} | {f.Image.Positives} | {Auc(f.Image)} | {f.Image.Sensitivity:0.000} | {f.Image.Specificity:0.000} |
        | study (highest of 3 pictures) | {f.Study.Cases} | {f.Study.Positives} | {Auc(f.Study)} | {f.Study.Sensitivity:0.000} | {f.Study.Specificity:0.000} |

        Threshold {f.Threshold:0.00}, the lowest with 97 % specificity on the training pictures. Held-out phantoms come from the same generator, so
        these figures show that the machinery works, not that a model would.

        Made by `bash eng/train-demo-phantom` (seed {seed}); the same seed gives the same files byte for byte.

        """);

    private static string Auc(DemoLevel level) =>
        string.Create(CultureInfo.InvariantCulture, $"{level.Auc.Auc:0.000} ({level.Auc.Low:0.000}–{level.Auc.High:0.000})");

    private static string Level(string name, DemoLevel l) => string.Create(
        CultureInfo.InvariantCulture,
        $"  - {{ dataset: held-out phantoms, splitUnit: study, level: {name}, cases: {l.Cases}, positives: {l.Positives}, auc: "
            + $"{l.Auc.Auc:0.0000}, aucLow: {l.Auc.Low:0.0000}, aucHigh: {l.Auc.High:0.0000}, sensitivity: {l.Sensitivity:0.0000}, "
            + $"specificity: {l.Specificity:0.0000} }}");
}
