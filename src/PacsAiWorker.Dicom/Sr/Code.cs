using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Dicom.Sr;

/// <summary>A coded concept: (value, scheme designator, meaning), PS3.3 section 8.8.</summary>
public sealed record Code
{
    /// <exception cref="ArgumentException">Empty or too long: values have at most 16 characters, meanings 64 (PS3.3 8.1, 8.3).</exception>
    public Code(string value, string scheme, string meaning)
    {
        Value = Checked(value, 16, "value");
        Scheme = Checked(scheme, 16, "scheme designator");
        Meaning = Checked(meaning, 64, "meaning");

        string Checked(string part, int most, string name) => string.IsNullOrWhiteSpace(part) || part.Length > most || part.Contains('\\', StringComparison.Ordinal)
            ? throw new ArgumentException($"Code ({value},{scheme},\"{meaning}\"): its {name} has 1 to {most} characters and no backslash.")
            : part;
    }

    public string Value { get; }

    public string Scheme { get; }

    public string Meaning { get; }

    /// <summary>The same concept in other schemes (Equivalent Code Sequence, PS3.3 section 8.9).</summary>
    public IReadOnlyList<Code> Equivalents { get; init; } = [];

    /// <summary>The item of a code sequence.</summary>
    public DataSet ToDataSet()
    {
        DataSet item = new DataSet()
            .Set(Tags.CodeValue, Value)
            .Set(Tags.CodingSchemeDesignator, Scheme)
            .Set(Tags.CodeMeaning, Meaning);
        return Equivalents.Count == 0 ? item : item.SetItems(Tags.EquivalentCodeSequence, [.. Equivalents.Select(e => e.ToDataSet())]);
    }

    /// <summary>(value,scheme,"meaning").</summary>
    public override string ToString() => $"({Value},{Scheme},\"{Meaning}\")";
}
