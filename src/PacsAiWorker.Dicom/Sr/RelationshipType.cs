namespace PacsAiWorker.Dicom.Sr;

/// <summary>Relationships between content items (PS3.3 section C.17.3.2.4).</summary>
public enum RelationshipType
{
    Contains,
    HasObsContext,
    HasAcqContext,
    HasConceptMod,
    HasProperties,
    InferredFrom,
    SelectedFrom,
}

/// <summary>Value types of content items (PS3.3 section C.17.3.2.1) that this product writes.</summary>
public enum ContentValueType
{
    Container,
    Code,
    Text,
    Num,
    UidRef,
    PName,
    Date,
    Time,
    DateTime,
    Image,
    SCoord,
}

/// <summary>
/// The relationships that Enhanced, Comprehensive and Comprehensive 3D SR have in common (PS3.3 tables A.35.2-2, A.35.3-2,
/// A.35.13-2), so that one document is legal in all three. HAS PROPERTIES of a number is left out on purpose: an uncertainty is
/// a sibling.
/// </summary>
internal static class Relationships
{
    public static string Name(RelationshipType type) => type switch
    {
        RelationshipType.Contains => "CONTAINS",
        RelationshipType.HasObsContext => "HAS OBS CONTEXT",
        RelationshipType.HasAcqContext => "HAS ACQ CONTEXT",
        RelationshipType.HasConceptMod => "HAS CONCEPT MOD",
        RelationshipType.HasProperties => "HAS PROPERTIES",
        RelationshipType.InferredFrom => "INFERRED FROM",
        _ => "SELECTED FROM",
    };

    public static string Name(ContentValueType type) => type.ToString().ToUpperInvariant();

    public static bool Allows(ContentValueType source, RelationshipType relationship, ContentValueType target) => relationship switch
    {
        RelationshipType.Contains => source == ContentValueType.Container,
        RelationshipType.HasObsContext => source == ContentValueType.Container && IsPlain(target),
        RelationshipType.HasAcqContext => source is ContentValueType.Container or ContentValueType.Image or ContentValueType.Num
            && (IsPlain(target) || target == ContentValueType.Container),
        RelationshipType.HasConceptMod => target is ContentValueType.Text or ContentValueType.Code,
        RelationshipType.HasProperties => source is ContentValueType.Text or ContentValueType.Code && target != ContentValueType.Container,
        RelationshipType.InferredFrom =>
            source is ContentValueType.Text or ContentValueType.Code or ContentValueType.Num && target != ContentValueType.Container,
        RelationshipType.SelectedFrom => source == ContentValueType.SCoord && target == ContentValueType.Image,
        _ => false,
    };

    private static bool IsPlain(ContentValueType type) =>
        type is not (ContentValueType.Container or ContentValueType.Image or ContentValueType.SCoord);
}
