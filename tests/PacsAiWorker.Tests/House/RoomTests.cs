using PacsAiWorker.Testing;
using System.Text.RegularExpressions;

namespace PacsAiWorker.Tests.House;

/// <summary>The arrows that the compiler cannot hold: rooms of Pipeline meet in Flow, Work and Records, never directly.</summary>
public sealed partial class RoomTests
{
    private static readonly string[] Shared = ["Work"];

    private static string Source => SourceTree.Path("src", "PacsAiWorker.Pipeline");

    public static TheoryData<string> Rooms => [.. Directory.GetDirectories(Source).Select(d => Path.GetFileName(d)!).Where(d => char.IsUpper(d[0]))];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_never_uses_a_sibling_room(string room)
    {
        var others = Directory.GetDirectories(Source).Select(d => Path.GetFileName(d)!).Where(d => char.IsUpper(d[0]) && d != room && !Shared.Contains(d)).ToList();
        foreach (var file in Directory.GetFiles(Path.Combine(Source, room), "*.cs", SearchOption.AllDirectories))
        {
            var used = RoomName().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value).Distinct().Intersect(others);
            Assert.Empty(used.Select(u => $"{Path.GetFileName(file)} uses {u}"));
        }
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_says_at_its_door_what_it_does_and_never_does(string room)
    {
        var lines = File.ReadAllLines(Path.Combine(Source, room, "README.md"));
        Assert.InRange(lines.Length, 4, 12);
        Assert.All(["- does:", "- never:", "- wakes on:", "- tested by:"], start => Assert.Contains(lines, l => l.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public void Work_uses_no_room_at_all()
    {
        var rooms = Directory.GetDirectories(Source).Select(d => Path.GetFileName(d)!).Where(d => char.IsUpper(d[0]) && d != "Work").ToList();
        Assert.All(Directory.GetFiles(Path.Combine(Source, "Work"), "*.cs"), file => Assert.DoesNotContain(RoomName().Matches(File.ReadAllText(file)), m => rooms.Contains(m.Groups[1].Value)));
    }

    [GeneratedRegex(@"PacsAiWorker\.Pipeline\.([A-Z]\w+)")]
    private static partial Regex RoomName();
}
