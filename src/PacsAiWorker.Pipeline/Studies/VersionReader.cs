using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Pixels;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>What the kept bytes of an instance say of its pixels and its patient.</summary>
internal sealed class VersionReader(SpoolFiles spool)
{
    /// <summary>Pixel digest; empty where there are no pixels; null where the bytes have left the spool and nobody digested them.</summary>
    /// <exception cref="IOException">The disk lost them.</exception>
    public string? Pixels(InstanceRow instance)
    {
        if (instance.PixelDigest is not null || instance.PurgedAt is not null)
        {
            return instance.PixelDigest;
        }

        using var file = Open(instance);
        return PixelDigest.Of(file) ?? "";
    }

    /// <exception cref="IOException">The bytes are gone.</exception>
    public PatientIdentityRow Identity(InstanceRow instance) => PatientHeader.Identity(Document(instance));

    /// <inheritdoc cref="Identity"/>
    public DataSet Document(InstanceRow instance)
    {
        using var file = Open(instance);
        return file.DataSet;
    }

    private Part10File Open(InstanceRow instance) => Part10File.Open(spool.Find(instance.File) ?? throw new FileNotFoundException("the segment is gone"));
}
