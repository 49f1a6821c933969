namespace PacsAiWorker.Inference.Packages;

/// <summary>The order of packages' versions.</summary>
public static class PackageVersion
{
    /// <summary>By the numbers (semver.org, 11); a candidate (1.1.0-rc.1) comes after every release, whatever its numbers: it never goes first by itself.</summary>
    public static int Compare(string a, string b) => Key(a).CompareTo(Key(b)) is var order and not 0 ? order : string.CompareOrdinal(a, b);

    private static (bool IsCandidate, Version Numbers) Key(string version)
    {
        var numbers = version.Split('-', '+')[0];
        return (version.Contains('-', StringComparison.Ordinal), Version.TryParse(numbers, out var parsed) ? parsed : new Version(int.MaxValue, 0));
    }
}
