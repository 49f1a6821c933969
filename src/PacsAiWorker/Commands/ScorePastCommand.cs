using System.Globalization;
using System.Text.RegularExpressions;
using PacsAiWorker.Configuration;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Commands;

/// <summary><c>score --past PERIOD --model ID [--rules FILE]</c>: what a package or a changed rule would have flagged. Nothing is recorded, nothing leaves.</summary>
internal static partial class ScorePastCommand
{
    public static async Task<int> RunAsync(WorkerOptions options, ModelRegistry registry, LoadedModel model, string period, string? rules, bool json, CancellationToken cancellation)
    {
        if (model.Card.IsRouter)
        {
            throw new CommandException($"--model {model.Card.Id}: a view router says which packages look at an image and flags nothing; name one of those");
        }

        var since = Cli.Now - Span(period);
        var change = Rule(rules);
        using var database = await Cli.OpenRecordsAsync(options, cancellation);
        using var codecs = new CodecPool(options.Inference.Codecs.ToCodecOptions());
        var store = new StudyStore(database);
        var run = new DryRun(store, new SpoolFiles(options.SpoolDirectory), new InstanceScorer(registry.Current, codecs, TimeProvider.System), model, change, CallerPolicy.ChildrenOnly(options.Dicom));
        var lines = new List<DryRunLine>();
        foreach (var study in await store.SinceAsync(since, cancellation))
        {
            lines.Add(await run.StudyAsync(study, cancellation));
        }

        if (json)
        {
            Cli.PrintJson(lines.Select(l => new { l.Study, then = l.Then?.IsPositive, thenSentence = l.Then?.Sentence, now = l.Now?.IsPositive, nowSentence = l.Now?.Sentence, l.IsDifferent, imagesGone = l.Gone }));
            return ExitCodes.Done;
        }

        Cli.PrintTable(["Study", "Then", "Now"], lines.Where(l => l.IsDifferent).Select(l => (IReadOnlyList<string>)[l.Study, Words(l.Then?.IsPositive, l.Then?.Sentence), Words(l.Now?.IsPositive, l.Now?.Sentence)]), "Study");
        Console.WriteLine(Summary(lines, model, period));
        return ExitCodes.Done;
    }

    private static string Summary(List<DryRunLine> lines, LoadedModel model, string period)
    {
        var judged = lines.Where(l => l.Now is not null).ToList();
        var text = $"{model.Card.Id} {model.Card.Version} over {period}: {lines.Count} studies, flagged then {lines.Count(l => l.Then?.IsPositive == true)}, flagged now {judged.Count(l => l.Now!.IsPositive)}; "
            + $"newly flagged {judged.Count(l => l.IsDifferent && l.Now!.IsPositive)}, no longer flagged {judged.Count(l => l.IsDifferent && !l.Now!.IsPositive)}";
        var silent = lines.Count - judged.Count;
        var gone = lines.Sum(l => l.Gone);
        return text + (silent > 0 ? $"; {silent} without any image that can be scored" : "") + (gone > 0 ? $"; {gone} images have left the spool" : "");
    }

    private static string Words(bool? positive, string? sentence) => positive switch
    {
        null => "no verdict",
        true => $"flagged: {sentence}",
        _ => sentence!,
    };

    private static ChangedRule Rule(string? file)
    {
        try
        {
            return file is null ? new ChangedRule() : ChangedRule.Parse(File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CommandException($"--rules {file}: {error.Message}");
        }
    }

    /// <summary>12h, 7d, 4w.</summary>
    private static TimeSpan Span(string period)
    {
        var match = Period().Match(period);
        return match.Success && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is > 0 and var count
            ? match.Groups[2].Value switch { "h" => TimeSpan.FromHours(count), "d" => TimeSpan.FromDays(count), _ => TimeSpan.FromDays(7 * count) }
            : throw new CommandException($"--past {period}: write hours, days or weeks, for example 12h, 7d or 4w");
    }

    [GeneratedRegex("^([0-9]{1,4})([hdw])$")]
    private static partial Regex Period();
}
