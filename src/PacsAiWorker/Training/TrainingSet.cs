using PacsAiWorker.Commands;
using PacsAiWorker.Inference.Training;
using PacsAiWorker.Inference.Training.Features;

namespace PacsAiWorker.Training;

/// <summary>An image that is learned from or judged.</summary>
/// <param name="Row">Of the list.</param>
/// <param name="Label">The row's, unless labels were permuted.</param>
/// <param name="Header">Of the file.</param>
/// <param name="Image">Its features.</param>
/// <param name="Patient">A number in the place of the patient; null when neither list nor header names one.</param>
/// <param name="Study">A number in the place of the study.</param>
/// <param name="Group">What is kept together.</param>
internal sealed record TrainingItem(TrainingRow Row, int Label, ImageHeader Header, TrainingImage Image, string? Patient, string Study, string Group)
{
    /// <summary>As list or header name the patient: for comparisons, never written.</summary>
    public string? PatientId => Row.Patient ?? Header.Patient;

    public TrainingCase ToCase() => new(Group, Label, Row.IsTest, Image.Frames);
}

/// <summary>The images of a list that can be used, under numbers in the place of names, and those that cannot.</summary>
internal sealed record TrainingSet(IReadOnlyList<TrainingItem> Items, IReadOnlyList<(TrainingRow Row, UnusableImage Why)> Unusable)
{
    public IEnumerable<TrainingItem> Learning => Items.Where(i => !i.Row.IsTest);

    public IEnumerable<TrainingItem> Test => Items.Where(i => i.Row.IsTest);

    /// <param name="list">The list.</param>
    /// <param name="images">In its order.</param>
    /// <param name="split">Decides the groups.</param>
    /// <exception cref="CommandException">An image belongs to no study, or a study to two patients.</exception>
    public static TrainingSet Of(TrainingList list, IReadOnlyList<(TrainingImage? Image, UnusableImage? Why)> images, SplitUnit split)
    {
        Numbers patients = new("P"), studies = new("S");
        foreach (var row in list.All)
        {
            patients.Note(row.Patient);
            studies.Note(row.Study);
        }

        var patientOfStudy = new Dictionary<string, (string? Patient, int Line)>();
        var items = new List<TrainingItem>();
        for (var i = 0; i < list.Rows.Count; i++)
        {
            if (images[i].Image is not { } image)
            {
                continue;
            }

            var row = list.Rows[i];
            var header = ImageHeader.Read(row.File);
            var patient = (row.Patient ?? header.Patient) is { } id ? patients.Of(id) : null;
            var study = studies.Of(row.Study ?? header.Study
                ?? throw new CommandException($"{list.Path}:{row.Line}: {row.File} names no study; add the column study to a CSV list"));
            if (!patientOfStudy.TryAdd(study, (patient, row.Line)) && patientOfStudy[study].Patient != patient)
            {
                throw new CommandException($"{list.Path}:{row.Line}: its study belongs to another patient in line {patientOfStudy[study].Line}; correct the columns patient and study, or add them");
            }

            var group = split switch { SplitUnit.Patient => patient ?? study, SplitUnit.Study => study, _ => ImageName(row) };
            items.Add(new TrainingItem(row, row.Label, header, image, patient, study, group));
        }

        return new TrainingSet(items, [.. list.Rows.Select((row, i) => (row, images[i].Why)).Where(x => x.Why is not null).Select(x => (x.row, x.Why!))]);
    }

    /// <summary>Names an image by its line.</summary>
    public static string ImageName(TrainingRow row) => $"I{row.Line:0000}";

    /// <summary>
    /// The labels of whole patients dealt out anew, within training and test data: as many of each class, images of a patient mostly alike still, and
    /// nothing to learn; where a patient has several labels, as with views, their order is shuffled too. The same seed deals alike.
    /// </summary>
    public TrainingSet Permuted(int seed)
    {
        var random = new Random(seed);
        var labels = new Dictionary<TrainingItem, int>(ReferenceEqualityComparer.Instance);
        foreach (var set in (TrainingItem[][])[[.. Learning], [.. Test]])
        {
            var patients = set.GroupBy(i => i.Patient ?? i.Study).Select(g => g.ToArray()).ToArray();
            var from = patients.ToArray();
            random.Shuffle(from);
            foreach (var (item, label) in patients.SelectMany(p => p).Zip(from.SelectMany(p => Shuffled(p, random))))
            {
                labels[item] = label;
            }
        }

        return this with { Items = [.. Items.Select(i => i with { Label = labels[i] })] };
    }

    private static int[] Shuffled(TrainingItem[] patient, Random random)
    {
        int[] labels = [.. patient.Select(i => i.Label)];
        random.Shuffle(labels);
        return labels;
    }

    /// <summary>Numbers names in the order in which they come: unlike a digest they cannot be guessed back.</summary>
    private sealed class Numbers(string prefix)
    {
        private readonly Dictionary<string, string> known = [];

        public void Note(string? name)
        {
            if (name is not null)
            {
                Of(name);
            }
        }

        public string Of(string name) => known.TryGetValue(name, out var number) ? number : known[name] = $"{prefix}{known.Count + 1:0000}";
    }
}
