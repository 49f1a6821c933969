using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Sr;

/// <summary>A SOP instance that a document refers to.</summary>
public sealed record ReferencedInstance(string SopClassUid, string SopInstanceUid);

/// <summary>
/// A node of an SR content tree (PS3.3 section C.17.3). Made by the builders of this class; children are written in the order in
/// which they were added.
/// </summary>
public sealed partial class ContentItem
{
    private readonly List<(RelationshipType Relationship, ContentItem Item)> children = [];
    private readonly Action<DataSet> writeValue;

    private ContentItem(ContentValueType type, Code? concept, Action<DataSet> writeValue, ReferencedInstance? reference = null)
    {
        Type = type;
        Concept = concept;
        this.writeValue = writeValue;
        Reference = reference;
    }

    public ContentValueType Type { get; }

    /// <summary>Concept Name; only images and coordinates may go without.</summary>
    public Code? Concept { get; }

    /// <summary>The instance an image item points at.</summary>
    public ReferencedInstance? Reference { get; }

    /// <summary>The template of a container; null if it names none.</summary>
    public string? TemplateId { get; private init; }

    public IReadOnlyList<(RelationshipType Relationship, ContentItem Item)> Children => children;

    /// <summary>Adds a child and returns this item.</summary>
    /// <exception cref="ArgumentException">The three SR classes do not all allow this relationship.</exception>
    public ContentItem Add(RelationshipType relationship, ContentItem child)
    {
        if (!Relationships.Allows(Type, relationship, child.Type))
        {
            throw new ArgumentException(
                $"{Relationships.Name(Type)} {Concept} cannot have {Relationships.Name(child.Type)} {child.Concept} as {Relationships.Name(relationship)} (PS3.3 A.35.2.3.1.2).",
                nameof(relationship));
        }

        children.Add((relationship, child));
        return this;
    }

    /// <summary>Writes this item's own attributes and its children (PS3.3 tables C.17-5 and C.17-6).</summary>
    internal DataSet WriteTo(DataSet into)
    {
        into.Set(Tags.ValueType, Relationships.Name(Type));
        if (Concept is not null)
        {
            into.SetItems(Tags.ConceptNameCodeSequence, Concept.ToDataSet());
        }

        writeValue(into);
        if (children.Count > 0)
        {
            into.SetItems(Tags.ContentSequence, [.. children.Select(c =>
                c.Item.WriteTo(new DataSet().Set(Tags.RelationshipType, Relationships.Name(c.Relationship))))]);
        }

        return into;
    }

    internal IEnumerable<ReferencedInstance> References() =>
        (Reference is null ? [] : new[] { Reference }).Concat(children.SelectMany(c => c.Item.References()));
}
