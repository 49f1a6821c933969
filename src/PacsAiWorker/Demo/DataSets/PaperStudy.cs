using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;

namespace PacsAiWorker.Demo.DataSets;

/// <summary>One study of a data set, drawn. The same set, number and seed give the same bytes.</summary>
/// <param name="Study">As a cart sends it.</param>
/// <param name="Set">train or test, where the paper fixes it.</param>
/// <param name="Truth">Class id, and category or view, of each image.</param>
internal sealed record PaperStudy(PhantomStudy Study, string? Set, IReadOnlyList<(string Label, string Subgroup)> Truth)
{
    private const int Width = 320, Height = 240;
    private static readonly DateTimeOffset FirstStudy = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Draws the studies one after the other, so that thousands of images never lie in memory together.</summary>
    /// <param name="data">Which.</param>
    /// <param name="share">Of the studies, above 0 to 1; images a study stay as they are.</param>
    /// <param name="seed">Another seed, other patients.</param>
    public static IEnumerable<PaperStudy> Draw(PaperDataSet data, double share, int seed)
    {
        var number = 0;
        foreach (var cohort in data.Cohorts.Select(c => c.Part(share)))
            for (var study = 0; study < cohort.Studies; study++)
                yield return Draw(data, cohort, study, number++, seed);
    }

    /// <summary>Writes the images as DICOM files and <c>labels.csv</c> (file, label, patient, study, subgroup, set), as <c>model train</c> reads them.</summary>
    /// <returns>Number of images.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static int Write(string folder, IEnumerable<PaperStudy> studies)
    {
        Directory.CreateDirectory(folder);
        using var labels = new StreamWriter(Path.Combine(folder, "labels.csv")) { NewLine = "\n" };
        var (written, hasSets) = (0, false);
        foreach (var (study, set, truth) in studies)
        {
            if (written == 0)
            {
                hasSets = set is not null;
                labels.WriteLine("file,label,patient,study,subgroup" + (hasSets ? ",set" : ""));
            }

            Directory.CreateDirectory(Path.Combine(folder, study.PatientId));
            foreach (var (instance, (label, subgroup)) in study.Instances.Zip(truth))
            {
                var file = $"{study.PatientId}/{instance.SopInstanceUid}.dcm";
                using var stream = File.Create(Path.Combine(folder, file));
                stream.Write(Part10.Header(new FileMeta(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid)));
                stream.Write(instance.DataSetBytes);
                labels.WriteLine($"{file},{label},{study.PatientId},{study.StudyInstanceUid},{subgroup}" + (hasSets ? $",{set}" : ""));
                written++;
            }
        }

        return written;
    }

    private static PaperStudy Draw(PaperDataSet data, Cohort cohort, int study, int number, int seed)
    {
        var dice = new Dice(((ulong)(uint)seed << 32) + (ulong)number * 1000 + 7);
        var uid = Uid("study", 0);
        var images = new List<PhantomInstance>();
        var truth = new List<(string, string)>();
        for (var place = 0; place < cohort.ImagesOf(study); place++)
        {
            var picture = cohort.Draw(place, dice);
            var content = new PhantomContent(new PhantomScene(dice.Bits() >> 1, false, data.Geometry, Width, Height) { Shapes = picture.Shapes });
            var identity = new PhantomIdentity(number + 1, uid, Uid("series", 0), Uid("instance", place), place + 1, data.Name, FirstStudy.AddMinutes(number))
            {
                Subject = data.Subject,
                Series = picture.View,
            };
            images.Add(new(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid, PhantomFile.Encode(content, identity), ExpectScored: true, picture.Subgroup, IsLate: false));
            truth.Add((picture.Label, picture.Subgroup));
        }

        return new PaperStudy(new PhantomStudy(uid, $"{PhantomMarker.PatientIdPrefix}{number + 1:0000}", HasLesion: false, data.Name, images), cohort.Set, truth);

        string Uid(string what, int place) => DicomUid.FromName("phantom data set", data.Name, $"{seed}", $"{number}", what, $"{place}");
    }
}
