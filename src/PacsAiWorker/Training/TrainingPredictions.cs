using System.Globalization;
using System.Text;
using PacsAiWorker.Commands;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Training;

/// <summary>Held-out answers as <c>model evaluate --predictions</c> reads them; patients, studies and images by number.</summary>
internal static class TrainingPredictions
{
    public static byte[] Csv(IReadOnlyList<JudgedImage> images, ModelCard card)
    {
        var byFold = images.Any(i => i.Fold >= 0);
        var bySubgroup = images.Any(i => i.Item.Row.Subgroup is not null);
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Cli.PrintCsv(text,
            ["study", "patient", "image", "truth", .. card.Classes.Select(c => $"score_{c.Id}"), .. byFold ? (string[])["fold"] : [], .. bySubgroup ? (string[])["subgroup"] : [], "manufacturer", "crop"],
            images.Select(i => (string[])
            [
                i.Item.Study, i.Item.Patient ?? i.Item.Study, TrainingSet.ImageName(i.Item.Row), card.Classes[i.Item.Label].Id, .. i.Probabilities.Select(p => p.ToString("R", CultureInfo.InvariantCulture)),
                .. byFold ? (string[])[$"{i.Fold + 1}"] : [], .. bySubgroup ? (string[])[i.Item.Row.Subgroup ?? ""] : [], i.Item.Header.Manufacturer, i.Item.Image.CropSource.ToString().ToLowerInvariant(),
            ]));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>What was not used, by line of the list: no path, which may name a person.</summary>
    public static byte[] NotUsed(TrainingSet set)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Cli.PrintCsv(text, ["image", "reason", "detail"], set.Unusable.Select(u => (string[])[TrainingSet.ImageName(u.Row), NotScored(u.Why), u.Why.Detail]));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    internal static string NotScored(Inference.Training.Features.UnusableImage why) => Inference.NotScoredReasons.Text(why.Reason);
}
