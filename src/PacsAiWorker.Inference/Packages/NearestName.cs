namespace PacsAiWorker.Inference.Packages;

/// <summary>Which of several names a misspelt one may stand for.</summary>
internal static class NearestName
{
    /// <summary>A longer word is no misspelt key.</summary>
    private const int LongestWord = 64;

    /// <returns>The name with the fewest edits, when they are at most a third of the word (one in a short one); null when none is near.</returns>
    public static string? Of(string word, IEnumerable<string> names)
    {
        if (word.Length is < 2 or > LongestWord)
            return null;
        var limit = Math.Max(1, word.Length / 3);
        return names.Where(n => n.Length is > 1 and <= LongestWord).Select(n => (Name: n, Edits: Edits(word, n)))
            .Where(n => n.Edits <= limit).OrderBy(n => n.Edits).ThenBy(n => n.Name, StringComparer.Ordinal).Select(n => n.Name).FirstOrDefault();
    }

    /// <summary>Letters to insert, remove or replace (Levenshtein), case aside.</summary>
    private static int Edits(string a, string b)
    {
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}
