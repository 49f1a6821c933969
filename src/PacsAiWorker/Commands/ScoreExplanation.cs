using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Explanation;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;

namespace PacsAiWorker.Commands;

/// <summary>What was written about one score.</summary>
/// <param name="File">Name of the picture.</param>
/// <param name="Class">The class that is explained.</param>
/// <param name="Frame">0 for a single-frame object, else from 1.</param>
/// <param name="PeakX">Column of the stored image where the map is highest; null when no place is responsible.</param>
/// <param name="PeakY">Row of the stored image where the map is highest; null when no place is responsible.</param>
/// <param name="Passes">Runs of the network.</param>
/// <param name="Variant">The method.</param>
internal sealed record ExplainedLine(string File, string Class, int Frame,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PeakX, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PeakY, int Passes, string Variant);

/// <summary><c>score … --explain DIR</c>: one picture an image, the crop with a heat map over it; its name says nothing of who it is.</summary>
internal sealed class ScoreExplanation : IDisposable
{
    public static readonly Option<string> Folder = new("--explain") { Description = "With PATHS: write into this folder a picture of what each score comes from (Score-CAM; takes one run of the network a map). Informational, not for diagnosis", HelpName = "DIR" };

    public static readonly Option<int?> Channels = new("--explain-channels")
    {
        Description = $"With --explain: how many maps to use, those that differ most between places, or all [default: {ScoreCam.DefaultChannels}]",
        HelpName = "all|K",
        CustomParser = parsed => Parse(parsed.Tokens[0].Value, parsed.AddError),
        DefaultValueFactory = _ => ScoreCam.DefaultChannels,
    };

    private readonly Explainer? _explainer;
    private readonly CodecPool _codecs;
    private readonly string _folder, _model;
    private readonly int? _channels;

    private ScoreExplanation(Explainer? explainer, CodecPool codecs, string folder, string model, int? channels) =>
        (_explainer, _codecs, _folder, _model, _channels) = (explainer, codecs, folder, model, channels);

    /// <summary>Null when no explanation is asked for. A package that cannot be explained is said once; its scores are given all the same.</summary>
    public static ScoreExplanation? Begin(ParseResult parse, LoadedModel model, RuntimeOptions runtime, CodecPool codecs)
    {
        if (parse.GetValue(Folder) is not { } folder)
        {
            return null;
        }

        try
        {
            Cli.RequireEmpty("--explain", folder, "so that pictures of other images do not stand among these");
            Directory.CreateDirectory(folder);
            return new ScoreExplanation(Explainer.Open(model, runtime), codecs, folder, model.Card.Id, parse.GetValue(Channels));
        }
        catch (ExplanationException error)
        {
            Say(error.Message);
            return new ScoreExplanation(null, codecs, folder, model.Card.Id, null);
        }
        catch (Exception error) when (error is PackageException or DeviceUnavailableException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--explain {folder}: {error.Message}", ExitCodes.Failed);
        }
    }

    /// <summary>Explains a score and writes its picture.</summary>
    /// <param name="ordinal">Number of the image in this call, which names the picture.</param>
    public ExplainedLine? Write(string path, FrameScore score, int ordinal, CancellationToken cancellation)
    {
        if (_explainer is null)
        {
            return null;
        }

        try
        {
            var explained = _explainer.Explain(path, score, _codecs, _channels, cancellation);
            var file = string.Create(CultureInfo.InvariantCulture, $"{ordinal:0000}-{_model}.png");
            using (var stream = File.Create(Path.Combine(_folder, file)))
            {
                PngFile.Write(stream, explained.Overlay);
            }

            return new ExplainedLine(file, explained.ClassId, explained.Frame, explained.Peak?.X, explained.Peak?.Y, explained.Map.Passes, explained.Map.Variant);
        }
        catch (ExplanationException error)
        {
            Say($"{path}: {error.Message}");
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{_folder} cannot be written: {error.Message} Name a folder that may be written and has room.", ExitCodes.Failed);
        }
    }

    public void Dispose() => _explainer?.Dispose();

    private static void Say(string message) => Console.Error.WriteLine($"Not explained: {message}. The scores are given without.");

    private static int? Parse(string text, Action<string> refuse)
    {
        if (text == "all")
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return count;
        }

        refuse($"--explain-channels: \"{text}\" is no number of maps: write all, or a number from 1");
        return null;
    }
}
