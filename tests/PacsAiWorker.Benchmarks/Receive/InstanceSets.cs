using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>The instances that are sent: speckle as carts send it, made from seeds; nobody's data.</summary>
internal static class InstanceSets
{
    /// <summary>640 × 480, 8 bit, 0.3 MB.</summary>
    public const string Grey = "grey";

    /// <summary>1024 × 768 RGB, 2.4 MB.</summary>
    public const string Rgb = "rgb";

    /// <summary>The RGB pictures as JPEG baseline.</summary>
    public const string Jpeg = "jpeg";

    /// <summary>60 frames of 640 × 480 RGB, 55 MB.</summary>
    public const string Clip = "clip";

    /// <summary>Files a set, so many that a tool which sends files as they are has enough of them.</summary>
    public const int Stills = 40;

    private const int Clips = 2, StillsAStudy = 10, ClipFrames = 60;

    public static IReadOnlyList<string> Names { get; } = [Grey, Rgb, Jpeg, Clip];

    /// <summary>Paths of the files of each set; the small grey ones always, because receivers are warmed with them.</summary>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> MakeAsync(string folder, IEnumerable<string> names, CancellationToken cancellation)
    {
        var sets = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var name in names.Append(Grey).Distinct())
        {
            cancellation.ThrowIfCancellationRequested();
            Directory.CreateDirectory(Path.Combine(folder, name));
            sets[name] = [.. Enumerable.Range(0, name == Clip ? Clips : Stills).Select(number => Path.Combine(folder, name, $"{number:00}.dcm"))];
            foreach (var (path, number) in sets[name].Select((path, number) => (path, number)))
            {
                await MakeAsync(name, number, path, cancellation);
            }
        }

        return sets;
    }

    private static async Task MakeAsync(string set, int number, string path, CancellationToken cancellation)
    {
        var picture = set switch
        {
            Grey => Header(set, number, 640, 480, 1).SetBytes(Tags.PixelData, Vr.OB, Speckle.Grey(640, 480, number)),
            Clip => Header(set, number, 640, 480, 3).Set(Tags.NumberOfFrames, $"{ClipFrames}").Set(Tags.FrameTime, "33.3")
                .SetBytes(Tags.PixelData, Vr.OB, Enumerable.Range(0, ClipFrames).SelectMany(frame => Speckle.Rgb(640, 480, frame)).ToArray()),
            _ => Header(set, number, 1024, 768, 3).SetBytes(Tags.PixelData, Vr.OB, Speckle.Rgb(1024, 768, number)),
        };
        var meta = new FileMeta(ClassOf(set), UidOf(set, number), TransferSyntax.ExplicitVrLittleEndian.Uid);
        var plain = set == Jpeg ? path + ".plain" : path;
        await File.WriteAllBytesAsync(plain, Part10.ToBytes(meta, picture), cancellation);
        if (set == Jpeg)
        {
            await Programs.RunAsync(Programs.Find("dcmcjpeg", "dcmtk"), ["+eb", "+q", "90", "+un", plain, path], cancellation);
            File.Delete(plain);
        }
    }

    private static DataSet Header(string set, int number, int columns, int rows, int samples)
    {
        var study = $"{set}-{number / StillsAStudy}";
        var header = new DataSet()
            .Set(Tags.SpecificCharacterSet, "ISO_IR 192")
            .Set(Tags.ImageType, "ORIGINAL", "PRIMARY")
            .Set(Tags.SOPClassUID, ClassOf(set))
            .Set(Tags.SOPInstanceUID, UidOf(set, number))
            .Set(Tags.StudyDate, "20240301")
            .Set(Tags.StudyTime, "090000")
            .Set(Tags.AccessionNumber, "")
            .Set(Tags.Modality, "US")
            .Set(Tags.Manufacturer, "PacsAiWorker benchmark")
            .Set(Tags.PatientName, "Bench^Mark")
            .Set(Tags.PatientID, $"BENCH-{study}")
            .Set(Tags.StudyInstanceUID, DicomUid.FromName("bench study", study))
            .Set(Tags.SeriesInstanceUID, DicomUid.FromName("bench series", study))
            .Set(Tags.InstanceNumber, $"{number + 1}")
            .SetUShort(Tags.SamplesPerPixel, (ushort)samples)
            .Set(Tags.PhotometricInterpretation, samples == 3 ? "RGB" : "MONOCHROME2")
            .SetUShort(Tags.Rows, (ushort)rows)
            .SetUShort(Tags.Columns, (ushort)columns)
            .SetUShort(Tags.BitsAllocated, 8)
            .SetUShort(Tags.BitsStored, 8)
            .SetUShort(Tags.HighBit, 7)
            .SetUShort(Tags.PixelRepresentation, 0);
        return samples == 3 ? header.SetUShort(Tags.PlanarConfiguration, 0) : header;
    }

    private static string ClassOf(string set) => set == Clip ? SopClasses.UltrasoundMultiFrame : SopClasses.UltrasoundImage;

    private static string UidOf(string set, int number) => DicomUid.FromName("bench instance", set, $"{number}");
}
