using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>
/// One small object for each transfer syntax. Compressed pixels are bytes without meaning: nobody decodes on the way, and everybody must
/// hand them on as they are.
/// </summary>
internal static class InteropObjects
{
    /// <summary>storescu proposes one family of transfer syntaxes an association.</summary>
    public static readonly IReadOnlyDictionary<string, string> StoreScuFlags = new Dictionary<string, string>
    {
        [TransferSyntax.ImplicitVrLittleEndian.Uid] = "-xi",
        [TransferSyntax.ExplicitVrLittleEndian.Uid] = "-xe",
        [TransferSyntax.ExplicitVrBigEndian.Uid] = "-xb",
        [TransferSyntax.JpegBaseline.Uid] = "-xy",
        [TransferSyntax.JpegExtended.Uid] = "-xx",
        [TransferSyntax.JpegLosslessSv1.Uid] = "-xs",
        [TransferSyntax.JpegLsLossless.Uid] = "-xt",
        [TransferSyntax.JpegLsNearLossless.Uid] = "-xu",
        [TransferSyntax.Jpeg2000Lossless.Uid] = "-xv",
        [TransferSyntax.Jpeg2000.Uid] = "-xw",
        [TransferSyntax.Rle.Uid] = "-xr",
        [TransferSyntax.Mpeg2MainLevel.Uid] = "-xm",
        [TransferSyntax.Mpeg2HighLevel.Uid] = "-xh",
        [TransferSyntax.H264High41.Uid] = "-xn",
        [TransferSyntax.H264High41BluRay.Uid] = "-xl",
        [TransferSyntax.H264High42For2D.Uid] = "-x2",
        [TransferSyntax.H264High42For3D.Uid] = "-x3",
        [TransferSyntax.H264Stereo42.Uid] = "-xo",
        [TransferSyntax.HevcMain51.Uid] = "-x4",
        [TransferSyntax.HevcMain10Level51.Uid] = "-x5",
    };

    /// <summary>Writes the files to a folder; the order is that of <see cref="TransferSyntax.Known"/>, without what the worker does not take.</summary>
    public static async Task<IReadOnlyList<PartTen>> MakeAsync(string folder)
    {
        var files = new List<PartTen>();
        foreach (var syntax in TransferSyntax.Known.Where(t => !t.Deflated && !t.Name.StartsWith("JPEG XL", StringComparison.Ordinal)))
        {
            var path = Path.Combine(folder, $"{syntax.Uid}.dcm");
            if (syntax.BigEndian)
            {
                var little = Write(Path.Combine(folder, "little.tmp"), TransferSyntax.ExplicitVrLittleEndian, DicomUid.NewRandom());
                (await Tool.RunAsync(Tool.Find("/usr/bin/dcmconv", "dcmtk"), ["+tb", little, path])).Succeeded();
                File.Delete(little);
            }
            else
            {
                Write(path, syntax, DicomUid.NewRandom());
            }

            files.Add(PartTen.Read(path));
        }

        return files;
    }

    private static string Write(string path, TransferSyntax syntax, string instance)
    {
        var set = new DataSet()
            .Set(Tags.SOPClassUID, SopClasses.UltrasoundMultiFrame).Set(Tags.SOPInstanceUID, instance)
            .Set(Tags.PatientID, "INTEROP").Set(Tags.PatientName, "Phantom^Interop").Set(Tags.Modality, "US")
            .Set(Tags.StudyInstanceUID, DicomUid.FromName("interop", "study")).Set(Tags.SeriesInstanceUID, DicomUid.FromName("interop", "series"))
            .Set(Tags.InstanceNumber, "1").Set(Tags.NumberOfFrames, "1").Set(Tags.PhotometricInterpretation, "MONOCHROME2")
            .SetUShort(Tags.SamplesPerPixel, 1).SetUShort(Tags.Rows, 32).SetUShort(Tags.Columns, 32)
            .SetUShort(Tags.BitsAllocated, 8).SetUShort(Tags.BitsStored, 8).SetUShort(Tags.HighBit, 7).SetUShort(Tags.PixelRepresentation, 0);
        var pixels = new byte[1024];
        new Random(syntax.Uid.Length).NextBytes(pixels);
        byte[] tail = [];
        if (syntax.Encapsulated)
        {
            // (7FE0,0010) OB of undefined length: empty offset table, one fragment, delimiter (PS3.5 annex A.4).
            tail = [0xE0, 0x7F, 0x10, 0, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0,
                0xFE, 0xFF, 0, 0xE0, 0, 4, 0, 0, .. pixels, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
        }
        else
        {
            set.SetBytes(Tags.PixelData, syntax.ExplicitVr ? Vr.OB : Vr.OW, pixels);
        }

        File.WriteAllBytes(path, [.. Part10.Header(new FileMeta(SopClasses.UltrasoundMultiFrame, instance, syntax.Uid)), .. DataSetWriter.Encode(set, syntax), .. tail]);
        return path;
    }
}
