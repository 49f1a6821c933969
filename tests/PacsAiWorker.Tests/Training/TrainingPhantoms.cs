using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Tests.Training;

/// <summary>Phantom studies on disk: patients with and without a lesion, as many images each, in one sub-folder a class.</summary>
internal static class TrainingPhantoms
{
    public const string Negative = "not-flagged", Positive = "phantom-lesion";

    /// <summary>Writes CLASS/NUMBER.dcm and list.csv (file, label, patient, study, set); gives the path of the list.</summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="patients">Half of them with a lesion.</param>
    /// <param name="images">Of a patient.</param>
    /// <param name="testPatients">Of the patients, so many last ones are test data.</param>
    public static string Write(string folder, int patients, int images, int testPatients = 0)
    {
        List<string> list = ["file,label,patient,study,set"];
        for (var i = 0; i < patients * images; i++)
        {
            var (patient, lesion) = (i / images, i / images % 2 == 1);
            var file = $"{(lesion ? Positive : Negative)}/{i:0000}.dcm";
            WriteOne(Path.Combine(folder, file), 1000 + i, patient, lesion);
            list.Add($"{file},{(lesion ? Positive : Negative)},Secret^{patient},visit {patient},{(patient >= patients - testPatients ? "test" : "train")}");
        }

        var path = Path.Combine(folder, "list.csv");
        File.WriteAllLines(path, list);
        return path;
    }

    /// <summary>One image.</summary>
    public static void WriteOne(string path, int seed, int patient, bool lesion, bool doppler = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var content = new PhantomContent(new PhantomScene((ulong)seed, lesion, Geometry.Convex, 320, 240, ColourFlow: doppler), doppler ? PhantomPixels.Rgb : PhantomPixels.Grey);
        var uid = $"2.25.77{patient}";
        var identity = new PhantomIdentity(patient, uid, uid + ".1", $"{uid}.1.{seed}", seed, "Trainer", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid)), .. PhantomFile.Encode(content, identity)]);
    }
}
