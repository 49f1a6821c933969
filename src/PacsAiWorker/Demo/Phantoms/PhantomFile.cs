using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference;

namespace PacsAiWorker.Demo.Phantoms;

/// <summary>How the pixels are stored.</summary>
public enum PhantomPixels
{
    /// <summary>One grey byte a pixel.</summary>
    Grey,

    /// <summary>Red, green, blue a pixel (PlanarConfiguration 0).</summary>
    Rgb,

    /// <summary>A red plane, a green plane, a blue plane (PlanarConfiguration 1).</summary>
    RgbPlanar,

    /// <summary>An index into three tables of 16-bit values.</summary>
    Palette,

    /// <summary>Grey, RLE Lossless.</summary>
    Rle,
}

/// <summary>What one phantom object says and holds.</summary>
/// <param name="Scene">The picture.</param>
/// <param name="Pixels">How it is stored.</param>
/// <param name="Implicit">Implicit VR little endian; else explicit (RLE is always explicit).</param>
/// <param name="Regions">With the sequence of ultrasound regions.</param>
/// <param name="Optional">With ImageType, descriptions and other optional attributes.</param>
/// <param name="Frames">Number of frames; 2 makes a multi-frame object.</param>
/// <param name="Truncated">The pixel data ends after a third.</param>
public sealed record PhantomContent(
    PhantomScene Scene, PhantomPixels Pixels = PhantomPixels.Grey, bool Implicit = false, bool Regions = true, bool Optional = true,
    int Frames = 1,
    bool Truncated = false);

/// <summary>What a phantom study says about its subject and its purpose, for routing.</summary>
/// <param name="Age">In years at the time of the study.</param>
/// <param name="Sex">F, M or O.</param>
/// <param name="ImageType">Value 3 of Image Type.</param>
/// <param name="Study">Study Description.</param>
public sealed record PhantomSubject(int Age, string Sex, string ImageType, string Study)
{
    /// <summary>Of phantoms that stand for nobody in particular.</summary>
    public static PhantomSubject Anybody { get; } = new(46, "O", "ABDOMINAL", "Phantom");
}

/// <summary>Who and what a phantom object belongs to.</summary>
/// <param name="Patient">Number of the phantom patient; PatientID becomes PHANTOM-number.</param>
/// <param name="StudyInstanceUid">(0020,000D).</param>
/// <param name="SeriesInstanceUid">(0020,000E).</param>
/// <param name="SopInstanceUid">(0008,0018).</param>
/// <param name="InstanceNumber">(0020,0013).</param>
/// <param name="Vendor">Name of the cart's shape, in Manufacturer's model name.</param>
/// <param name="StudyTime">When the study was made.</param>
public sealed record PhantomIdentity(
    int Patient, string StudyInstanceUid, string SeriesInstanceUid, string SopInstanceUid, int InstanceNumber, string Vendor,
        DateTimeOffset StudyTime)
{
    /// <summary>What the study says of its subject.</summary>
    public PhantomSubject Subject { get; init; } = PhantomSubject.Anybody;

    /// <summary>Series Description; empty: none is written.</summary>
    public string Series { get; init; } = "";
}

/// <summary>
/// Makes phantom objects: US Image Storage with both phantom markers, no person's data, pixels of <see cref="PhantomImage"/>.
/// </summary>
public static class PhantomFile
{
    private const int PaletteSize = 256;

    /// <summary>SOP class of a content.</summary>
    public static string SopClassOf(PhantomContent content) =>
        content.Frames > 1 ? SopClasses.UltrasoundMultiFrame : SopClasses.UltrasoundImage;

    /// <summary>Transfer syntax of a content.</summary>
    public static TransferSyntax SyntaxOf(PhantomContent content) =>
        content.Pixels == PhantomPixels.Rle ? TransferSyntax.Rle : content.Implicit ? TransferSyntax.ImplicitVrLittleEndian
            : TransferSyntax.ExplicitVrLittleEndian;

    /// <summary>The data set as a C-STORE carries it, in the transfer syntax of <see cref="SyntaxOf"/>.</summary>
    public static byte[] Encode(PhantomContent content, PhantomIdentity identity)
    {
        var image = PhantomImage.Make(content.Scene);
        var set = Header(content, identity);
        Pixels(set, content, image);
        if (content.Regions)
            set.SetItems(Tags.SequenceOfUltrasoundRegions, [.. Regions(content, image)]);
        if (content.Pixels != PhantomPixels.Rle)
            return DataSetWriter.Encode(set.SetBytes(Tags.PixelData, Vr.OW, Native(content, image)), SyntaxOf(content));
        // Pixel Data is the last element, so its fragments follow the other elements.
        return [.. DataSetWriter.Encode(set, TransferSyntax.Rle), .. PhantomRle.PixelData(image.Grey, content.Scene.Width)];
    }

    private static DataSet Header(PhantomContent content, PhantomIdentity id)
    {
        var date = id.StudyTime.ToString("yyyyMMdd");
        var time = id.StudyTime.ToString("HHmmss");
        var set = new DataSet()
            .Set(Tags.SpecificCharacterSet, "ISO_IR 192")
            .Set(Tags.SOPClassUID, SopClassOf(content))
            .Set(Tags.SOPInstanceUID, id.SopInstanceUid)
            .Set(Tags.StudyDate, date)
            .Set(Tags.StudyTime, time)
            .Set(Tags.AccessionNumber, $"PH{id.Patient:000000}")
            .Set(Tags.Modality, "US")
            .Set(Tags.Manufacturer, PhantomMarker.Manufacturer)
            .Set(Tags.ReferringPhysicianName)
            .Set(Tags.PatientName, $"PHANTOM^NUMBER {id.Patient}")
            .Set(Tags.PatientID, $"{PhantomMarker.PatientIdPrefix}{id.Patient:0000}")
            .Set(Tags.PatientBirthDate)
            .Set(Tags.PatientSex)
            .Set(Tags.StudyInstanceUID, id.StudyInstanceUid)
            .Set(Tags.SeriesInstanceUID, id.SeriesInstanceUid)
            .Set(Tags.StudyID, $"{id.Patient}")
            .SetInt(Tags.SeriesNumber, 1)
            .SetInt(Tags.InstanceNumber, id.InstanceNumber);
        if (content.Frames > 1)
            set.SetInt(Tags.NumberOfFrames, content.Frames).SetDouble(Tags.FrameTime, 40);
        if (!content.Optional)
            return set;
        if (id.Series.Length > 0)
            set.Set(Tags.SeriesDescription, id.Series);
        return set
            .Set(Tags.ImageType, "ORIGINAL", "PRIMARY", id.Subject.ImageType, content.Scene.ColourFlow ? "0011" : "0001")
            .Set(Tags.ContentDate, date)
            .Set(Tags.ContentTime, time)
            .Set(Tags.StudyDescription, id.Subject.Study)
            .Set(Tags.ManufacturerModelName, id.Vendor)
            .Set(Tags.StationName, "PHANTOM")
            .Set(Tags.PatientBirthDate, $"{id.StudyTime.Year - id.Subject.Age}0101")
            .Set(Tags.PatientSex, id.Subject.Sex)
            .Set(Tags.BurnedInAnnotation, content.Scene.TextBands ? "YES" : "NO");
    }

    private static void Pixels(DataSet set, PhantomContent content, PhantomImage image)
    {
        var colour = content.Pixels is PhantomPixels.Rgb or PhantomPixels.RgbPlanar;
        set.SetUShort(Tags.SamplesPerPixel, (ushort)(colour ? 3 : 1))
            .Set(Tags.PhotometricInterpretation, colour ? "RGB" : content.Pixels == PhantomPixels.Palette ? "PALETTE COLOR" : "MONOCHROME2")
            .SetUShort(Tags.Rows, (ushort)image.Scene.Height)
            .SetUShort(Tags.Columns, (ushort)image.Scene.Width)
            .SetUShort(Tags.BitsAllocated, 8)
            .SetUShort(Tags.BitsStored, 8)
            .SetUShort(Tags.HighBit, 7)
            .SetUShort(Tags.PixelRepresentation, 0);
        if (colour)
            set.SetUShort(Tags.PlanarConfiguration, (ushort)(content.Pixels == PhantomPixels.RgbPlanar ? 1 : 0));
        if (content.Pixels != PhantomPixels.Palette)
            return;
        var table = new byte[2 * PaletteSize];
        for (var i = 0; i < PaletteSize; i++)
            table[2 * i] = table[2 * i + 1] = (byte)i; // 16-bit entries: the high byte counts
        foreach (var tag in (DicomTag[])[Tags.RedPaletteColorLookupTableDescriptor, Tags.GreenPaletteColorLookupTableDescriptor,
            Tags.BluePaletteColorLookupTableDescriptor])
            set.SetUShort(tag, PaletteSize, 0, 16);
        foreach (var tag in (DicomTag[])[Tags.RedPaletteColorLookupTableData, Tags.GreenPaletteColorLookupTableData,
            Tags.BluePaletteColorLookupTableData])
            set.SetBytes(tag, Vr.OW, table);
    }

    private static IEnumerable<DataSet> Regions(PhantomContent content, PhantomImage image)
    {
        const ushort twoDimensional = 1, tissue = 1, colourFlow = 2, centimetres = 3;
        DataSet Region(Box box, ushort dataType) => new DataSet()
            .SetUShort(Tags.RegionSpatialFormat, twoDimensional)
            .SetUShort(Tags.RegionDataType, dataType)
            .SetInt(Tags.RegionFlags, 0)
            .SetInt(Tags.RegionLocationMinX0, box.X0)
            .SetInt(Tags.RegionLocationMinY0, box.Y0)
            .SetInt(Tags.RegionLocationMaxX1, box.X1)
            .SetInt(Tags.RegionLocationMaxY1, box.Y1)
            .SetUShort(Tags.PhysicalUnitsXDirection, centimetres)
            .SetUShort(Tags.PhysicalUnitsYDirection, centimetres)
            .SetDouble(Tags.PhysicalDeltaX, 0.02)
            .SetDouble(Tags.PhysicalDeltaY, 0.02);
        yield return Region(image.Box, tissue);
        if (content.Scene.ColourFlow)
            yield return Region(image.Box, colourFlow);
    }

    private static byte[] Native(PhantomContent content, PhantomImage image)
    {
        var frame = content.Pixels switch
        {
            PhantomPixels.Rgb => image.Rgb,
            PhantomPixels.RgbPlanar => Planes(image.Rgb),
            _ => image.Grey,
        };
        var all = Enumerable.Repeat(frame, content.Frames).SelectMany(f => f).ToArray();
        return content.Truncated ? all[..(all.Length / 3 & ~1)] : all;
    }

    private static byte[] Planes(byte[] rgb)
    {
        var planes = new byte[rgb.Length];
        for (var i = 0; i < rgb.Length; i++)
            planes[i % 3 * (rgb.Length / 3) + i / 3] = rgb[i];
        return planes;
    }
}
