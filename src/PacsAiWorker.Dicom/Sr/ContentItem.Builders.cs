using System.Globalization;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Sr;

/// <content>Builders, one for each value type.</content>
public sealed partial class ContentItem
{
    /// <summary>CONTAINER, content SEPARATE; <paramref name="templateId"/> such as "1500" is of DCMR (PS3.16).</summary>
    public static ContentItem Container(Code concept, string? templateId = null) => new(ContentValueType.Container, concept, set =>
    {
        set.Set(Tags.ContinuityOfContent, "SEPARATE");
        if (templateId is not null)
        {
            set.SetItems(Tags.ContentTemplateSequence, new DataSet()
                .Set(Tags.MappingResource, "DCMR")
                .Set(Tags.MappingResourceUID, "1.2.840.10008.8.1.1")
                .Set(Tags.TemplateIdentifier, templateId));
        }
    })
    {
        TemplateId = templateId,
    };

    public static ContentItem OfCode(Code concept, Code value) =>
        new(ContentValueType.Code, concept, set => set.SetItems(Tags.ConceptCodeSequence, value.ToDataSet()));

    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static ContentItem Text(Code concept, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new(ContentValueType.Text, concept, set => set.Set(Tags.TextValue, value));
    }

    /// <summary>NUM with exactly one measured value (PS3.3 section C.18.1).</summary>
    /// <exception cref="ArgumentException">No value, not finite, or not to be written in 16 characters.</exception>
    public static ContentItem Num(Code concept, double? value, Code unit, int decimals = 6)
    {
        string text = DecimalString.Format(
            value ?? throw new ArgumentException($"{concept} has no measured value: leave the item out.", nameof(value)), decimals);
        return new(ContentValueType.Num, concept, set => set.SetItems(Tags.MeasuredValueSequence, new DataSet()
            .Set(Tags.NumericValue, text)
            .SetItems(Tags.MeasurementUnitsCodeSequence, unit.ToDataSet())));
    }

    /// <exception cref="ArgumentException">No valid UID.</exception>
    public static ContentItem UidRef(Code concept, string uid)
    {
        CheckUid(uid);
        return new(ContentValueType.UidRef, concept, set => set.Set(Tags.UID, uid));
    }

    public static ContentItem PName(Code concept, string name) =>
        new(ContentValueType.PName, concept, set => set.Set(Tags.PersonName, name));

    public static ContentItem Date(Code concept, DateOnly date) => new(
        ContentValueType.Date, concept, set => set.Set(Tags.Date, date.ToString("yyyyMMdd", CultureInfo.InvariantCulture)));

    public static ContentItem Time(Code concept, TimeOnly time) => new(
        ContentValueType.Time, concept, set => set.Set(Tags.Time, time.ToString("HHmmss.FFFFFF", CultureInfo.InvariantCulture)));

    /// <summary>DATETIME with its offset from UTC.</summary>
    public static ContentItem DateTime(Code concept, DateTimeOffset time) => new(ContentValueType.DateTime, concept, set => set.Set(
        Tags.DateTime,
        time.ToString("yyyyMMddHHmmss.FFFFFF", CultureInfo.InvariantCulture) + time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal)));

    /// <summary>IMAGE; frames are 1-based and only given for some frames of a multi-frame object (PS3.3 section C.18.4).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A frame number below 1.</exception>
    public static ContentItem Image(Code? concept, string sopClassUid, string sopInstanceUid, params int[] frames)
    {
        CheckUid(sopClassUid);
        CheckUid(sopInstanceUid);
        foreach (int frame in frames)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(frame, 1, nameof(frames));
        }

        int[] kept = [.. frames];
        return new(
            ContentValueType.Image,
            concept,
            set =>
            {
                DataSet reference = new DataSet().Set(Tags.ReferencedSOPClassUID, sopClassUid).Set(Tags.ReferencedSOPInstanceUID, sopInstanceUid);
                set.SetItems(Tags.ReferencedSOPSequence, kept.Length == 0 ? reference : reference.SetInt(Tags.ReferencedFrameNumber, kept));
            },
            new ReferencedInstance(sopClassUid, sopInstanceUid));
    }

    /// <summary>
    /// SCOORD POLYLINE, SELECTED FROM <paramref name="image"/> (PS3.3 section C.18.6). Points are (column, row) in the stored image,
    /// floats from the corner of the upper left pixel.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than two points, or one that is not finite or negative.</exception>
    public static ContentItem SCoordPolyline(Code? concept, IReadOnlyList<(double Column, double Row)> points, ContentItem image)
    {
        if (points.Count < 2 || points.Any(p => !(double.IsFinite(p.Column) && double.IsFinite(p.Row) && p.Column >= 0 && p.Row >= 0)))
        {
            throw new ArgumentException("A polyline has at least two points inside the image.", nameof(points));
        }

        double[] data = [.. points.SelectMany(p => new[] { p.Column, p.Row })];
        return new ContentItem(ContentValueType.SCoord, concept, set => set
            .Set(Tags.GraphicType, "POLYLINE")
            .SetDouble(Tags.GraphicData, data)).Add(RelationshipType.SelectedFrom, image);
    }

    /// <summary>
    /// The outline of a rectangle as a closed polyline of five points. Edges in pixels: left and top inclusive, right and bottom
    /// exclusive, so that the whole image is (0, 0, columns, rows).
    /// </summary>
    /// <exception cref="ArgumentException">Empty, or outside the image.</exception>
    public static ContentItem SCoordRectangle(
        Code? concept, (double Left, double Top, double Right, double Bottom) edges, int columns, int rows, ContentItem image)
    {
        (double left, double top, double right, double bottom) = edges;
        if (!(left >= 0 && top >= 0 && left < right && top < bottom && right <= columns && bottom <= rows))
        {
            throw new ArgumentException($"Rectangle {edges} is not inside an image of {columns} x {rows} pixels.", nameof(edges));
        }

        return SCoordPolyline(concept, [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], image);
    }

    private static void CheckUid(string uid)
    {
        if (!DicomUid.IsValid(uid))
        {
            throw new ArgumentException($"'{uid}' is no UID (PS3.5 9.1).", nameof(uid));
        }
    }
}
