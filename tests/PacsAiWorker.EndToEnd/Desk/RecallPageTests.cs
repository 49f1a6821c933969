using Microsoft.Playwright;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing.Records;
using PacsAiWorker.Tests.Web;
using Xunit;

namespace PacsAiWorker.EndToEnd.Desk;

/// <summary>A recall in a browser, from the form to the line that a person closes; the test withdraws in the worker's place.</summary>
[Collection(Lanes.Desk)]
public sealed class RecallPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_quality_physicist_recalls_a_package_and_closes_a_line_of_its_list()
    {
        await using var bench = await DeskBench.StartAsync(40);
        (await bench.SignedInAsync(AccountRoles.Qa)).Dispose();
        await using var window = await browser.OpenAsync(bench.Url);
        await window.SignInAsync(AccountRoles.Qa);
        var page = window.Page;
        await page.GotoAsync("/models");
        var package = page.Locator("section.sheet", new() { HasText = SeededSite.Kidney });
        await package.GetByText("Recall it", new() { Exact = true }).ClickAsync();
        await package.Locator("form[action*=Recall] [name=why]").FillAsync("wrong threshold");
        await package.GetByText("Recall it on every worker").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = $"Recall of {SeededSite.Kidney} 1.0.0" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".banner")).ToContainTextAsync($"{SeededSite.Kidney} 1.0.0 is recalled: wrong threshold");

        var store = new RecallStore(bench.Database, new WorkTable(bench.Database));
        var recall = await store.ReadAsync(Guid.Parse(new Uri(page.Url).Segments[^1]), default);
        await bench.Database.WriteAsync(async t => await store.WithdrawAsync(t, recall, await store.NextAsync(recall.Id, 10, default), hasSuccessor: false, hasRoom: true, DateTime.UtcNow, default), default);
        await page.ReloadAsync();
        await page.Locator("summary", new() { HasText = "Close" }).First.ClickAsync();
        await page.Locator("details[open] [name=why]").FillAsync("looked at it again: a cyst");
        await page.GetByText("Close the line").First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The line is closed.");
        await Assertions.Expect(page.Locator(".tile b").Last).ToHaveTextAsync("1 of 36");
        await window.LooksWellAsync("recall");
    }
}
