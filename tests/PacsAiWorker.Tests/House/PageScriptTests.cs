using PacsAiWorker.Testing;

namespace PacsAiWorker.Tests.House;

/// <summary>Scripts of others are in the program as they were published, and ours stays small.</summary>
public sealed class PageScriptTests
{
    private static string Ui(string name) => SourceTree.Path("src", "PacsAiWorker.Web", "ui", name);

    [Fact]
    public void The_script_of_others_is_byte_for_byte_the_published_one() =>
        Assert.Equal(File.ReadAllBytes(SourceTree.Path("node_modules", "htmx.org", "dist", "htmx.min.js")), File.ReadAllBytes(Ui("htmx.min.js")));

    [Fact]
    public void Our_own_script_stays_below_five_hundred_lines() => Assert.InRange(File.ReadAllLines(Ui("desk.js")).Length, 1, 500);

    [Fact]
    public void No_page_has_a_script_or_a_style_of_its_own() => Assert.All(
        Directory.GetFiles(SourceTree.Path("src", "PacsAiWorker.Web", "Pages"), "*.cshtml", SearchOption.AllDirectories),
        f => Assert.DoesNotMatch("""<script(?! src=)|<style|\sstyle="|\son[a-z]+=""", File.ReadAllText(f)));
}
