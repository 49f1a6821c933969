using Microsoft.Playwright;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Desk;

/// <summary>The desk of a worker as it is installed: from the first link to the picture of a phantom that a cart sent.</summary>
[Collection(Lanes.Desk)]
public sealed class DeskOnTheLineTests(TestServers servers, Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task The_first_administrator_sees_the_flagged_study_with_its_picture_its_heat_map_and_its_report()
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?> { ["Models:HeatMaps:0"] = Installation.Model });
        await line.StartAllAsync();
        Assert.True(Cart.Store(line.DicomPort, OnePhantom.Write(line.Folder("cart"), "1.2.5", lesion: true)).IsSuccess);
        Assert.True(Cart.Store(line.DicomPort, OnePhantom.Write(line.Folder("cart"), "1.2.6", lesion: false)).IsSuccess);
        await line.WaitUntilIdleAsync();

        await using var window = await browser.OpenAsync($"http://127.0.0.1:{line.WebPort}");
        var page = window.Page;
        await page.GotoAsync((await File.ReadAllTextAsync(Path.Combine(line.DataFolder, "first-sign-in.txt"))).Trim());
        await page.FillAsync("[name=name]", "rosa");
        await page.FillAsync("[name=password]", "correct horse battery");
        await page.ClickAsync("text=Make the account");
        Assert.Equal(["/study/1.2.5", "/study/1.2.6"], await page.Locator("tr[data-to]").EvaluateAllAsync<string[]>("rows => rows.map(r => r.dataset.to)"));

        await page.Locator("tr[data-to] a").First.ClickAsync();
        await Assertions.Expect(page.Locator("section .chip.flag").First).ToHaveTextAsync("flagged");
        Assert.True(await WidthAsync(page, ".frame img:not(.overlay)") > 50);
        await page.ClickAsync("text=Heat map on or off");
        await Assertions.Expect(page.Locator(".frame .overlay")).ToBeVisibleAsync();
        Assert.True(await WidthAsync(page, ".frame .overlay") > 50);
        await page.ClickAsync("text=The report as text");
        await Assertions.Expect(page.Locator("pre.report")).ToContainTextAsync("Imaging");
        await Assertions.Expect(page.GetByText("Report to orthanc: stored (0000H)")).ToBeVisibleAsync();
        await page.ClickAsync("text=I have read it");
        await page.GotoAsync("/");
        await Assertions.Expect(page.Locator("tr[data-to]")).ToHaveCountAsync(1);
        await page.GotoAsync("/record");
        await page.ClickAsync("text=Verify the chain");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Every entry fits the one before it");
        await page.GotoAsync("/system");
        await Assertions.Expect(page.Locator("table", new() { HasText = $"{Installation.Model}@1.0.0" })).ToContainTextAsync("ONNX Runtime");
        await Assertions.Expect(page.GetByText("may still come")).ToBeVisibleAsync();
        await page.Locator("tr", new() { HasText = "PACS orthanc" }).GetByText("Look now").ClickAsync();
        await Until.HoldsAsync("a worker has looked", async () =>
        {
            await page.ReloadAsync();
            return await page.GetByText("answers and takes Comprehensive 3D SR").CountAsync() == 1;
        }, () => Task.FromResult(line.AllLogs));
    }

    /// <summary>Width of a picture as the browser decoded it.</summary>
    private static async Task<int> WidthAsync(IPage page, string picture)
    {
        await page.Locator(picture).First.EvaluateAsync("p => p.decode()");
        return await page.Locator(picture).First.EvaluateAsync<int>("p => p.naturalWidth");
    }
}
