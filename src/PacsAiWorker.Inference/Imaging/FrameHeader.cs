using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Inference.Imaging;

/// <summary>What the image pixel module says (PS3.3 C.7.6.3); -1 where it is silent.</summary>
/// <param name="Rows">Height.</param>
/// <param name="Columns">Width.</param>
/// <param name="Frames">Number of frames; 1 when absent, not positive or not a number.</param>
/// <param name="Samples">Samples per pixel.</param>
/// <param name="BitsAllocated">Bits of one stored sample.</param>
/// <param name="BitsStored">Bits that count.</param>
/// <param name="HighBit">Number of the most significant of them; one less than their count unless they lie elsewhere.</param>
/// <param name="Signed">Two's complement.</param>
/// <param name="Planar">Plane after plane.</param>
/// <param name="Photometric">(0028,0004).</param>
internal sealed record FrameHeader(
    int Rows, int Columns, int Frames, int Samples, int BitsAllocated, int BitsStored, int HighBit, bool Signed, bool Planar, string Photometric)
{
    /// <summary>Luminance for every pixel, colour for every second: Y Y Cb Cr (PS3.3 C.7.6.3.1.2).</summary>
    public bool IsHalfColour => Photometric == "YBR_FULL_422";

    public int SampleBytes => BitsAllocated / 8;

    /// <summary>Bytes of one uncompressed frame, in 64 bits.</summary>
    public long FrameBytes => (long)Rows * Columns * (IsHalfColour ? 2 : Samples * SampleBytes);

    public static FrameHeader Read(DataSet set)
    {
        var allocated = set.GetInt(Tags.BitsAllocated) ?? -1;
        var stored = set.GetInt(Tags.BitsStored) ?? allocated;
        return new FrameHeader(
            set.GetInt(Tags.Rows) ?? -1, set.GetInt(Tags.Columns) ?? -1, Math.Max(1, set.GetInt(Tags.NumberOfFrames) ?? 1),
            set.GetInt(Tags.SamplesPerPixel) ?? -1, allocated, stored, set.GetInt(Tags.HighBit) ?? stored - 1,
            set.GetInt(Tags.PixelRepresentation) == 1, set.GetInt(Tags.PlanarConfiguration) == 1,
            set.GetString(Tags.PhotometricInterpretation) ?? "");
    }
}
