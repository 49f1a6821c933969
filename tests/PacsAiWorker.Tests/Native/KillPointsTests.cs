using System.Reflection;
using System.Text.RegularExpressions;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Testing;
using Xunit;

namespace PacsAiWorker.Tests.Native;

public sealed partial class KillPointsTests
{
    private static readonly Dictionary<string, string> Named = typeof(KillPoints).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(f => f.IsLiteral).ToDictionary(f => f.Name, f => (string)f.GetRawConstantValue()!);

    public static TheoryData<string> Names => [.. Named.Keys];

    [Fact]
    public void The_list_holds_every_stage_once() => Assert.Equal(Named.Values.Order(), KillPoints.All.Order());

    [Fact]
    public void There_are_as_many_as_the_reliability_rules_ask_for() => Assert.True(KillPoints.All.Count >= 12);

    [Fact]
    public void A_stage_can_be_written_in_an_environment_variable() => Assert.All(KillPoints.All, s => Assert.Matches("^[a-z]+(-[a-z]+)*$", s));

    /// <summary>Two places under one name could not be told apart; none would never be tested.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Each_stage_stands_at_one_place_in_the_program(string name)
    {
        var places = Directory.EnumerateFiles(SourceTree.Path("src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(f => Use().Matches(File.ReadAllText(f)).Where(m => m.Groups[1].Value == name).Select(_ => Path.GetFileName(f)));
        Assert.Single(places);
    }

    [GeneratedRegex(@"KillPoints\.(\w+)")]
    private static partial Regex Use();
}
