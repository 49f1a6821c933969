using System.CommandLine;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>inspect PATHS…</c>: what the worker makes of a file, without scoring it.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string[]> Paths = new("paths") { Description = "DICOM files", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Png = new("--png") { Description = "Write the scan area of the one file given as a picture", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("inspect", "What the worker makes of a file: mode, crop, which models apply and why the others do not") { Paths, Png, Cli.Json };
        command.SetAction(parse =>
        {
            var options = Cli.Options(parse);
            using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
            using var codecs = new CodecPool(options.Inference.Codecs.ToCodecOptions());
            var scorer = new InstanceScorer(registry, codecs, TimeProvider.System);
            if (parse.GetValue(Png) is { } png)
            {
                return WritePng(scorer, parse.GetRequiredValue(Paths), png);
            }

            var seen = Cli.Files(parse.GetRequiredValue(Paths)).Select(path => (Path: path, Inspection: scorer.Inspect(path))).ToList();
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(seen.Select(s => new
                {
                    s.Path,
                    s.Inspection.Facts,
                    s.Inspection.WouldScore,
                    Reason = s.Inspection.Reason?.Text(),
                    s.Inspection.Detail,
                    s.Inspection.Applies,
                    s.Inspection.Regions,
                    NotApplied = s.Inspection.NotApplied.Select(n => new { n.ModelId, n.Why }),
                    RefusedPackages = registry.Refused.Select(r => new { r.Folder, r.Why }),
                }));
            }
            else
            {
                seen.ForEach(s => Print(s.Path, s.Inspection));
                foreach (var refused in registry.Refused)
                {
                    Console.WriteLine($"Package {refused.Folder} is not in use: {refused.Why}");
                }
            }

            return seen.Any(s => s.Inspection.Reason == NotScoredReason.Corrupt) ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private static void Print(string path, InstanceInspection inspection)
    {
        var facts = inspection.Facts;
        Cli.PrintTable([path, ""],
        [
            ["Transfer syntax", facts.TransferSyntaxName],
            ["Pixels", $"{facts.Columns} x {facts.Rows}, {facts.Frames} {(facts.Frames == 1 ? "frame" : "frames")}, {facts.PhotometricInterpretation}, {(facts.Decodable ? "decodable" : "not decodable")}"],
            .. Clip(facts),
            ["Modality, mode", $"{facts.Modality}, {facts.Mode}{(facts.ColouredShare is { } share ? FormattableString.Invariant($", {share:P2} coloured inside the crop") : "")}{(facts.Tinted ? ", tinted grey" : "")}"],
            .. inspection.Regions.Select((r, i) => (IReadOnlyList<string>)[$"Region {i + 1}", r]),
            ["Crop", facts.Crop is { } crop ? $"{Box(crop)}, from {crop.Source}" : "none"],
            ["Outcome", inspection.WouldScore ? "would be scored" : $"not scored: {inspection.Reason?.Text()}. {inspection.Detail}"],
            ["Models that apply", string.Join(", ", inspection.Applies.DefaultIfEmpty("none"))],
            .. inspection.NotApplied.Select(n => (IReadOnlyList<string>)[$"Not {n.ModelId}", n.Why]),
            .. facts.Flags.Select(f => (IReadOnlyList<string>)["Tolerated", f]),
        ]);
    }

    private static IReadOnlyList<string>[] Clip(ImageFacts facts) => facts.FrameRate is not { } rate ? [] :
    [
        ["Clip", FormattableString.Invariant($"{rate:0.#} frames per second, looked at: {string.Join(", ", facts.FramesChosen.DefaultIfEmpty(0))}{(facts.FrameIndex is { } how ? $"; frames told apart by {how}" : "")}")],
    ];

    /// <summary>Only what lies inside the scan area is written: what stands around it may name the patient.</summary>
    private static int WritePng(InstanceScorer scorer, string[] paths, string png)
    {
        if (paths is not [var path])
        {
            throw new CommandException("--png takes one DICOM file: the picture of one file is written");
        }

        var (image, why) = scorer.Preview(path);
        if (image is null)
        {
            throw new CommandException($"{path} has no scan area to show: {why}", ExitCodes.Failed);
        }

        using var file = File.Create(png);
        PngFile.Write(file, image);
        Console.WriteLine($"{png}: {image.Width} x {image.Height} pixels of the scan area; look whether the device wrote text into it before you pass it on");
        return ExitCodes.Done;
    }

    private static string Box(Crop crop) => $"columns {crop.X0} to {crop.X1}, rows {crop.Y0} to {crop.Y1}";
}
