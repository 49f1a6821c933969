using PacsAiWorker.Testing;
using System.Text.RegularExpressions;
using PacsAiWorker.Tests.House;

namespace PacsAiWorker.Tests.Chart;

/// <summary>docs/hazards.md names tests: each must exist, or the table promises what nothing holds.</summary>
public sealed partial class HazardTableTests
{
    [Fact]
    public void Every_test_that_the_table_names_exists()
    {
        var sources = Directory.GetFiles(SourceTree.Path("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).ToLookup(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        var (named, missing, current) = (0, new List<string>(), "");
        foreach (Match name in TestName().Matches(File.ReadAllText(SourceTree.Path("docs", "hazards.md"))))
        {
            // ".Method" goes on with the class before it.
            current = name.Groups["class"].Value is { Length: > 0 } written ? written : current;
            named++;
            if (!sources[current].Any(s => s.Contains($" {name.Groups["method"].Value}(", StringComparison.Ordinal)))
            {
                missing.Add($"{current}.{name.Groups["method"].Value}");
            }
        }

        Assert.True(named > 40, $"only {named} tests were recognised");
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"`(?<class>[A-Z]\w+(Tests|Contract))?\.(?<method>\w+_\w+)`")]
    private static partial Regex TestName();
}
