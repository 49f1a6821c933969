using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Commands;

/// <summary>How urgent a study is before anything was scored.</summary>
/// <param name="Number">0 to 3.</param>
/// <param name="Name">In a word.</param>
/// <param name="From">Where it comes from.</param>
internal sealed record TierRead(int Number, string Name, string From);

/// <summary>Pure: the lines of <c>inspect</c>, two cells each.</summary>
internal static class InspectionWords
{
    public static IReadOnlyList<IReadOnlyList<string>> Rows(InstanceInspection inspection, TierRead tier, bool childrenOnly)
    {
        var facts = inspection.Facts;
        return
        [
            ["Transfer syntax", facts.TransferSyntaxName],
            ["Pixels", $"{facts.Columns} x {facts.Rows}, {facts.Frames} {(facts.Frames == 1 ? "frame" : "frames")}, {facts.PhotometricInterpretation}, {(facts.Decodable ? "decodable" : "not decodable")}"],
            .. Clip(facts),
            ["Modality, mode", $"{facts.Modality}, {facts.Mode}{(facts.ColouredShare is { } share ? FormattableString.Invariant($", {share:P2} coloured inside the crop") : "")}{(facts.Tinted ? ", tinted grey" : "")}"],
            .. inspection.Regions.Select((r, i) => (IReadOnlyList<string>)[$"Region {i + 1}", r]),
            ["Crop", facts.Crop is { } crop ? $"{Box(crop)}, from {crop.Source}" : "none"],
            ["Age", facts.AgeYears is { } years ? $"{years} {(years == 1 ? "year" : "years")}" : $"unknown{(childrenOnly ? ", its caller sends children only" : "")}"],
            ["Tier", $"{tier.Number} {tier.Name}, {tier.From}"],
            .. View(inspection),
            ["Outcome", inspection.WouldScore ? "would be scored" : $"not scored: {inspection.Reason?.Text()}. {inspection.Detail}"],
            ["Models that apply", string.Join(", ", inspection.Applies.DefaultIfEmpty("none"))],
            .. inspection.NotApplied.Select(n => (IReadOnlyList<string>)[$"Not {n.ModelId}", n.Why]),
            .. facts.Flags.Select(f => (IReadOnlyList<string>)["Tolerated", f]),
        ];
    }

    private static IReadOnlyList<string>[] Clip(ImageFacts facts) => facts.FrameRate is not { } rate ? [] :
    [
        ["Clip", FormattableString.Invariant($"{rate:0.#} frames per second, looked at: {string.Join(", ", facts.FramesChosen.DefaultIfEmpty(0))}{(facts.FrameIndex is { } how ? $"; frames told apart by {how}" : "")}")],
    ];

    private static IReadOnlyList<string>[] View(InstanceInspection inspection) => inspection.View is { } view ? [["View", view]] : [];

    private static string Box(Crop crop) => $"columns {crop.X0} to {crop.X1}, rows {crop.Y0} to {crop.Y1}";
}
