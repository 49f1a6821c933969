using System.CommandLine;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Routing;
using PacsAiWorker.Inference.Stages;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary><c>inspect PATHS…</c>: what the worker makes of a file, without scoring it.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string[]> Paths = new("paths") { Description = "DICOM files", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Png = new("--png") { Description = "Write the scan area of the one file given as a picture", HelpName = "FILE" };

    private static readonly Option<string?> Dump = new("--dump") { Description = "Write each stage from the stored frame to probabilities of the one file given as NumPy arrays, nothing outside the scan area", HelpName = "DIR" };

    private static readonly Option<string?> Caller = new("--caller") { Description = "As if this caller of Dicom:Callers had sent it: its tier, and whether it sends children only", HelpName = "AE" };

    public static Command Create()
    {
        var command = new Command("inspect", "What the worker makes of a file: mode, crop, tier, which models apply and why the others do not; runs view routers only") { Paths, Png, Dump, Caller, Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var registry = ModelShelf.Load(options.Inference, options.Models, TimeProvider.System);
            using var codecs = new CodecPool(options.Inference.Codecs.ToCodecOptions());
            var scorer = new InstanceScorer(registry.Current, codecs, TimeProvider.System);
            if (parse.GetValue(Png) is { } png)
            {
                return WritePng(scorer, parse.GetRequiredValue(Paths), png);
            }

            var caller = FindCaller(options.Dicom, parse.GetValue(Caller));
            var childrenOnly = caller is not null && CallerPolicy.ChildrenOnly(options.Dicom).Has(caller.AeTitle);
            if (parse.GetValue(Dump) is { } folder)
            {
                return await InspectDump.RunAsync(new StageDump(registry.Current, codecs), scorer, parse.GetRequiredValue(Paths), childrenOnly, folder, parse.GetValue(Cli.Json), cancellation);
            }

            var seen = new List<Seen>();
            foreach (var path in Cli.Files(parse.GetRequiredValue(Paths)))
            {
                var inspection = await scorer.InspectAsync(path, childrenOnly, cancellation);
                var (tier, from) = Tiers.Decide(caller?.Tier, inspection.Facts.OrderPriority);
                seen.Add(new Seen(path, inspection, new TierRead(tier, Tiers.Name(tier), from), childrenOnly));
            }

            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(seen.Select(s => new
                {
                    s.Path,
                    s.Inspection.Facts,
                    s.Tier,
                    s.Inspection.View,
                    s.Inspection.WouldScore,
                    Reason = s.Inspection.Reason?.Text(),
                    s.Inspection.Detail,
                    s.Inspection.Applies,
                    s.Inspection.Regions,
                    NotApplied = s.Inspection.NotApplied.Select(n => new { n.ModelId, n.Why }),
                    RefusedPackages = registry.Current.Refused.Select(r => new { r.Folder, r.Why }),
                }));
            }
            else
            {
                seen.ForEach(Print);
                foreach (var refused in registry.Current.Refused.Where(r => r.Reason != NotScoredReason.WeightsNotInstalled))
                {
                    Console.WriteLine($"Package {refused.Folder} is not in use: {refused.Why}");
                }
            }

            return seen.Any(s => s.Inspection.Reason == NotScoredReason.Corrupt) ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private sealed record Seen(string Path, InstanceInspection Inspection, TierRead Tier, bool ChildrenOnly);

    private static CallerOptions? FindCaller(DicomOptions options, string? aeTitle) => aeTitle is null
        ? null
        : options.Callers.FirstOrDefault(c => c.AeTitle == aeTitle)
            ?? throw new CommandException($"--caller {aeTitle}: there is no such caller in Dicom:Callers; there are {string.Join(", ", options.Callers.Select(c => c.AeTitle).DefaultIfEmpty("none"))}");

    private static void Print(Seen seen) =>
        Cli.PrintTable([seen.Path, ""], InspectionWords.Rows(seen.Inspection, seen.Tier, seen.ChildrenOnly));

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
}
