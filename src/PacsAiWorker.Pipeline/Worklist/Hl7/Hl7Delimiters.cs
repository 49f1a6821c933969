namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>The five characters that structure a message (HL7 v2.5.1 section 2.5.4); every message names its own in MSH-1 and MSH-2.</summary>
public sealed record Hl7Delimiters(char Field, char Component, char Repetition, char Escape, char Subcomponent)
{
    public static Hl7Delimiters Usual { get; } = new('|', '^', '~', '\\', '&');

    /// <summary>MSH-2 as it is written.</summary>
    public string Encoding => string.Concat(Component, Repetition, Escape, Subcomponent);

    /// <exception cref="Hl7FormatException">Fewer than four encoding characters, one twice, or one that a value needs.</exception>
    public static Hl7Delimiters Of(char field, string encoding)
    {
        // The fifth, since version 2.7, marks a truncated value and structures nothing.
        if (encoding.Length is < 4 or > 5)
        {
            throw new Hl7FormatException($"MSH-2 has {encoding.Length} encoding characters: component, repetition, escape and subcomponent are needed, usually ^~\\&");
        }

        char[] all = [field, .. encoding];
        if (all.Distinct().Count() != all.Length || all.Any(c => c is < '!' or > '~' || char.IsAsciiLetterOrDigit(c)))
        {
            throw new Hl7FormatException("MSH-1 and MSH-2 name a delimiter twice, or a letter, digit or control character: usual are | and ^~\\&");
        }

        return new Hl7Delimiters(field, encoding[0], encoding[1], encoding[2], encoding[3]);
    }
}
