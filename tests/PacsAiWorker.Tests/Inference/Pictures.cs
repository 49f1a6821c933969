using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Testing.Quirks;

namespace PacsAiWorker.Tests.Inference;

/// <summary>Small objects for the tests, written to a folder that goes with the test.</summary>
internal sealed class Pictures : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A US image of 8-bit samples whose pixel data are given as stored.</summary>
    public static DataSet Ultrasound(string photometric, int samples, int rows, int columns, byte[] stored, int bits = 8) => new DataSet()
        .Set(Tags.SOPClassUID, SopClasses.UltrasoundImage)
        .Set(Tags.SOPInstanceUID, "1.2.3.4")
        .Set(Tags.StudyInstanceUID, "1.2.3")
        .Set(Tags.Modality, "US")
        .Set(Tags.PhotometricInterpretation, photometric)
        .SetUShort(Tags.SamplesPerPixel, (ushort)samples)
        .SetUShort(Tags.Rows, (ushort)rows)
        .SetUShort(Tags.Columns, (ushort)columns)
        .SetUShort(Tags.BitsAllocated, (ushort)bits)
        .SetUShort(Tags.BitsStored, (ushort)bits)
        .SetUShort(Tags.PixelRepresentation, 0)
        .SetBytes(Tags.PixelData, Vr.OW, stored);

    public string Write(DataSet set, TransferSyntax? syntax = null) =>
        Write(Part10.ToBytes(new FileMeta(set.GetString(Tags.SOPClassUID) ?? "1.2", "1.2.3.4",
            (syntax ?? TransferSyntax.ExplicitVrLittleEndian).Uid), set));

    public string Write(string sopClass, string transferSyntax, byte[] dataSet) =>
        Write([.. Part10.Header(new FileMeta(sopClass, "1.2.3.4", transferSyntax)), .. dataSet]);

    /// <summary>An image whose pixel data are these fragments, whatever the data set holds of it.</summary>
    public string WriteEncapsulated(DataSet set, TransferSyntax syntax, params byte[][] fragments)
    {
        set.Remove(Tags.PixelData);
        return Write(set.GetString(Tags.SOPClassUID)!, syntax.Uid, [.. DataSetWriter.Encode(set, syntax), .. Encapsulated.Element([], fragments)]);
    }

    public string Write(byte[] file)
    {
        var path = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, file);
        return path;
    }
}
