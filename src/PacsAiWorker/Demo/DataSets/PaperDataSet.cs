using PacsAiWorker.Demo.Phantoms;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>One picture of a data set.</summary>
/// <param name="Label">Class id of the package.</param>
/// <param name="Subgroup">Category by which the paper tells figures apart; the label where it has none.</param>
/// <param name="Shapes">What tells it from others.</param>
internal sealed record PaperPicture(string Label, string Subgroup, IReadOnlyList<PhantomShape> Shapes)
{
    /// <summary>View, where one is stated: goes to Series Description.</summary>
    public string View { get; init; } = "";
}

/// <summary>Studies of one kind; images are spread evenly over them.</summary>
/// <param name="Studies">How many, each of another patient.</param>
/// <param name="Images">How many together.</param>
/// <param name="Draw">The picture of a place in its study.</param>
internal sealed record Cohort(int Studies, int Images, Func<int, Dice, PaperPicture> Draw)
{
    /// <summary>train or test, where the paper fixes it.</summary>
    public string? Set { get; init; }

    /// <summary>Images of one study.</summary>
    public int ImagesOf(int study) => (int)((long)Images * (study + 1) / Studies - (long)Images * study / Studies);

    /// <summary>A part of it with as many images a study, two studies at least.</summary>
    public Cohort Part(double share)
    {
        var studies = Math.Min(Studies, Math.Max(2, (int)Math.Round(Studies * share)));
        return this with { Studies = studies, Images = (int)Math.Round((double)Images * studies / Studies) };
    }
}

/// <summary>
/// Phantoms in the numbers of a paper's data: classes, images a study, views, age and purpose. What they show is invented, so that a model
/// trained on them shows that the way works and nothing else.
/// </summary>
/// <param name="Name">Id of the package that it is for.</param>
/// <param name="Subject">What each study says of its subject.</param>
/// <param name="Geometry">Outline of the scan area.</param>
/// <param name="Cohorts">Its studies.</param>
internal sealed record PaperDataSet(string Name, PhantomSubject Subject, Geometry Geometry, IReadOnlyList<Cohort> Cohorts)
{
    /// <summary>All five.</summary>
    public static IReadOnlyList<PaperDataSet> All { get; } = [PilomatricomaImages.Set, KidneyImages.Set, AbdominalImages.Set, HygromaImages.Set, GoutImages.Set];

    /// <summary>By name; null when there is none.</summary>
    public static PaperDataSet? Find(string name) => All.FirstOrDefault(d => d.Name == name);
}
