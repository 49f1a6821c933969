using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace PacsAiWorker.Inference.Routing;

/// <summary>
/// The words of free texts, without case and accents. Texts go in and only "matches" comes out: a description may name the patient.
/// Letters of scripts that set no spaces between words count as a word each, so that a phrase is found inside a longer one.
/// </summary>
internal sealed class DescriptionWords
{
    private const int LongestText = 1024;

    /// <summary>Stands between two texts: no phrase reaches across.</summary>
    private const string Gap = "\n";

    public static readonly DescriptionWords None = new([]);

    /// <summary>Phrases of cards, taken apart once: they are asked of every image.</summary>
    private static readonly ConcurrentDictionary<string, List<string>> Phrases = new(StringComparer.Ordinal);

    private readonly List<string> _words = [];

    public DescriptionWords(IEnumerable<string?> texts)
    {
        foreach (var text in texts)
        {
            _words.AddRange(Split(text ?? ""));
            _words.Add(Gap);
        }
    }

    /// <summary>No text holds a word.</summary>
    public bool IsEmpty => _words.TrueForAll(w => w == Gap);

    /// <summary>Whether the words of the phrase follow each other in one of the texts; "kidn*" also takes words that begin so.</summary>
    public bool Has(string phrase)
    {
        var wanted = Phrases.GetOrAdd(phrase, Split);
        var open = phrase.EndsWith('*');
        for (var at = 0; wanted.Count > 0 && at + wanted.Count <= _words.Count; at++)
        {
            var i = 0;
            while (i < wanted.Count && (open && i == wanted.Count - 1
                ? _words[at + i].StartsWith(wanted[i], StringComparison.Ordinal) : _words[at + i] == wanted[i]))
                i++;
            if (i == wanted.Count)
                return true;
        }
        return false;
    }

    /// <summary>Upper-case words without accents, in their order.</summary>
    internal static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        Span<char> letter = stackalloc char[2];
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, LongestText)).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.NonSpacingMark)
                continue;
            var alone = category is UnicodeCategory.OtherLetter;
            if (alone || !Rune.IsLetterOrDigit(rune))
                End();
            if (Rune.IsLetterOrDigit(rune))
                word.Append(letter[..Rune.ToUpperInvariant(Accents.Without(rune)).EncodeToUtf16(letter)]);
            if (alone)
                End();
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }
    }
}
