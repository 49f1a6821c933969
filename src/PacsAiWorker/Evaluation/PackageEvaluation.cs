using PacsAiWorker.Commands;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Training;

namespace PacsAiWorker.Evaluation;

/// <summary>A package, judged on labelled images of a site by its own rules.</summary>
internal static class PackageEvaluation
{
    private const string PredictionsFile = "predictions.csv";

    /// <summary>The package's rules where nothing else was asked.</summary>
    /// <param name="options">What was asked.</param>
    /// <param name="card">Of the package.</param>
    /// <param name="aggregationAsked">Whether the aggregation was, rather than being the command's default.</param>
    /// <param name="referenceAsked">Whether the reference was.</param>
    public static EvaluationOptions Rules(EvaluationOptions options, ModelCard card, bool aggregationAsked, bool referenceAsked) => options with
    {
        Positive = options.Positive.Count > 0 ? options.Positive : [.. card.Classes.Where(c => c.IsPositive).Select(c => c.Id)],
        Threshold = options.Threshold ?? (card.IsRouter ? null : card.Threshold),
        Aggregation = aggregationAsked ? options.Aggregation : StudyRules.Stated(card),
        Reference = referenceAsked ? options.Reference : card.Protocol.Reference ?? options.Reference,
    };

    /// <summary>Scores the images and evaluates; what the package said of each stays in <paramref name="folder"/> as predictions.csv, when one is named.</summary>
    /// <exception cref="CommandException">Package or list do not do.</exception>
    /// <exception cref="PackageException">The network does not open or does not fit its card.</exception>
    public static EvaluationReport Run(ModelPackage package, string data, EvaluationOptions options, InferenceOptions inference, string? folder, CancellationToken cancellation)
    {
        if (!package.WeightsInstalled)
        {
            throw new CommandException($"{package.Folder} has no weights installed; train it with 'model train' or name a package with model.onnx");
        }

        var answers = LocalRuntime.With(inference, (library, codecs) => Progress.Watched(progress => PackageAnswers.Of(package, data, library, codecs, progress, cancellation)));
        var temporary = folder is null ? Directory.CreateTempSubdirectory("pacsai-evaluate-").FullName : null;
        try
        {
            var file = Path.Combine(Directory.CreateDirectory(folder ?? temporary!).FullName, PredictionsFile);
            File.WriteAllBytes(file, TrainingPredictions.Csv(answers.Images, package.Card));
            var report = Evaluator.Evaluate(PredictionFile.Read(file), options);
            return report with
            {
                File = $"{package.Card.Id} {package.Card.Version} ({package.Identity[..12]})",
                NotScored = report.NotScored + answers.NotScored.Values.Sum(),
                Notes = [.. Notes(answers), .. report.Notes],
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{folder ?? temporary}: {error.Message} Name a folder that may be written with --out.", ExitCodes.Failed);
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static IEnumerable<string> Notes(PackageAnswers answers)
    {
        if (answers.IsTest)
        {
            yield return "Of the list the test images alone were scored.";
        }

        if (answers.NotScored.Count > 0)
        {
            yield return $"Not scored, and in no rate: {string.Join(", ", answers.NotScored.Select(n => $"{n.Value} {n.Key}"))}.";
        }

        yield return "The package's routing was not asked; nobody but you knows whether these images took part in its training.";
    }
}
