using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Routing;

/// <summary>What a view router says of one image.</summary>
/// <param name="Views">Ids and organs of its two best classes: packages that ask for one of them may run.</param>
/// <param name="Named">The best class by its display, when it is sure enough to be shown; null is "view unknown".</param>
internal sealed record ViewAnswer(IReadOnlyList<string> Views, string? Named)
{
    private const double LeastBest = 0.6, LeastMargin = 0.2;
    private const double Rounding = 1e-9; // both limits are inclusive, and 0.6 - 0.4 is less than 0.2 in binary

    /// <summary>The two best classes of an image, and its name when the first is at least 0.6 and 0.2 above the second.</summary>
    /// <param name="frames">Probabilities of each frame, one a class; a clip is judged by their means.</param>
    /// <param name="classes">In the same order, at least two.</param>
    public static ViewAnswer Of(IReadOnlyList<double[]> frames, IReadOnlyList<ModelClass> classes)
    {
        // Equal probabilities keep the order of the card.
        var ranked = classes.Select((c, i) => (Class: c, Probability: frames.Average(f => f[i])))
            .OrderByDescending(c => c.Probability).ToList();
        var (best, second) = (ranked[0], ranked[1]);
        var named = best.Probability >= LeastBest - Rounding && best.Probability - second.Probability >= LeastMargin - Rounding;
        string?[] views = [best.Class.Id, best.Class.Organ, second.Class.Id, second.Class.Organ];
        return new([.. views.OfType<string>().Distinct()], named ? best.Class.Display : null);
    }
}

/// <summary>What all view routers together say of one image.</summary>
/// <param name="Seen">Ids and organs, see <see cref="ViewAnswer.Views"/>.</param>
/// <param name="Complete">At least one router answered and none failed: what is not in <paramref name="Seen"/> was not seen.</param>
internal sealed record ImageViews(IReadOnlyList<string> Seen, bool Complete)
{
    /// <summary>No router has answered.</summary>
    public static readonly ImageViews Unknown = new([], false);

    /// <summary>A router that failed leaves what the others did not see unknown, never false.</summary>
    public static ImageViews Of(IReadOnlyList<ViewAnswer> answers, bool failed) =>
        new([.. answers.SelectMany(a => a.Views).Distinct()], answers.Count > 0 && !failed);
}
