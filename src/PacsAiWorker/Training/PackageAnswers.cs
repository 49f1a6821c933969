using PacsAiWorker.Commands;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Training;

/// <summary>What a package says of labelled images that it is to be judged on, by the pre-processing of scoring. Routing is not asked: the list says what belongs.</summary>
/// <param name="Images">With truth and probabilities.</param>
/// <param name="NotScored">How many were not, by reason.</param>
/// <param name="IsTest">Of a list with a column <c>set</c> the test images alone were taken.</param>
internal sealed record PackageAnswers(IReadOnlyList<JudgedImage> Images, IReadOnlyDictionary<string, int> NotScored, bool IsTest)
{
    /// <summary>No fold: the package was not trained here.</summary>
    private const int NoFold = -1;

    /// <summary>Runs the package over a list.</summary>
    /// <param name="package">With weights.</param>
    /// <param name="data">CSV file or folder, as for <c>model train</c>.</param>
    /// <param name="library">ONNX Runtime.</param>
    /// <param name="codecs">Where pictures are decoded.</param>
    /// <param name="progress">Told the step, how much is done and of how much.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandException">The list is not as described, or holds nothing that can be scored.</exception>
    /// <exception cref="PackageException">The network does not open or does not fit its card.</exception>
    public static PackageAnswers Of(ModelPackage package, string data, OrtLibrary library, CodecPool codecs, Action<string, int, int> progress, CancellationToken cancellation)
    {
        var card = package.Card;
        var list = TrainingList.Read(data, [.. card.Classes.Select(c => c.Id)]);
        var isTest = list.HasTest;
        list = isTest ? list.Where(r => r.IsTest) : list;
        var folder = Directory.CreateTempSubdirectory("pacsai-evaluate-").FullName;
        try
        {
            using var network = FeatureNetwork.Open(library, File.ReadAllBytes(Path.Combine(package.Folder, ModelPackage.NetworkFile)), card.OutputName, card, $"{Path.GetFileName(package.Folder)}/{ModelPackage.NetworkFile}");
            using var cache = FeatureCache.Open(folder, FeatureExtractor.Key(network, card), network.Width);
            var done = 0;
            progress("Images", 0, list.Rows.Count);
            var images = new FeatureExtractor(network, cache, codecs, card).Run([.. list.Rows.Select(r => r.File)], () => progress("Images", ++done, list.Rows.Count), cancellation);
            var set = TrainingSet.Of(list, images, SplitUnit.Patient);
            var notScored = set.Unusable.GroupBy(u => u.Why.Reason.Text()).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());
            return set.Items.Count > 0
                ? new([.. set.Items.Select(i => JudgedImage.Of(i, NoFold, [.. i.Image.Frames.Select(f => Probabilities.From(f, card))], card))], notScored, isTest)
                : throw new CommandException($"--data {data}: no image can be scored ({string.Join(", ", notScored.Select(n => $"{n.Value} {n.Key}"))}); see what 'inspect' says of one of them", ExitCodes.Failed);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
