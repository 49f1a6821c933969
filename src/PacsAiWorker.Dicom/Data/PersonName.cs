namespace PacsAiWorker.Dicom.Data;

/// <summary>The five components of a person's name in one writing (PS3.5 section 6.2.1.1); "" where one is not given.</summary>
public sealed record PersonNameGroup(string Family = "", string Given = "", string Middle = "", string Prefix = "", string Suffix = "")
{
    public static PersonNameGroup Empty { get; } = new();

    public bool IsEmpty => this == Empty;

    /// <summary>Components separated by '^'; what is left over stays with the suffix, so nothing is lost.</summary>
    public static PersonNameGroup Parse(string text)
    {
        string[] parts = text.Split('^', 5);
        string At(int index) => index < parts.Length ? parts[index].Trim() : "";
        return new(At(0), At(1), At(2), At(3), At(4));
    }

    /// <summary>As DICOM writes it, without empty components at the end.</summary>
    public override string ToString() => string.Join('^', Family, Given, Middle, Prefix, Suffix).TrimEnd('^');
}

/// <summary>
/// A person's name in up to three writings (PS3.5 section 6.2.1.2): alphabetic, ideographic (as in kanji) and phonetic (as in kana).
/// </summary>
public sealed record PersonName(PersonNameGroup Alphabetic, PersonNameGroup Ideographic, PersonNameGroup Phonetic)
{
    /// <summary>Never fails: any text is a name, if only a family name.</summary>
    public static PersonName Parse(string text)
    {
        string[] groups = text.Split('=', 3);
        PersonNameGroup At(int index) => index < groups.Length ? PersonNameGroup.Parse(groups[index]) : PersonNameGroup.Empty;
        return new(At(0), At(1), At(2));
    }

    /// <summary>As DICOM writes it, without empty groups at the end.</summary>
    public override string ToString() => string.Join('=', Alphabetic, Ideographic, Phonetic).TrimEnd('=');
}
