using Microsoft.Playwright;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Web;
using Xunit;

namespace PacsAiWorker.EndToEnd.Desk;

/// <summary>Debian's Chromium. A page that throws, logs an error or cannot load something fails its test.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>A window of a browser that nobody has signed in to.</summary>
    public async Task<Window> OpenAsync(string url, bool scripts = true) =>
        new(await (await _browser.NewContextAsync(new() { BaseURL = url, ViewportSize = new() { Width = 1400, Height = 900 }, JavaScriptEnabled = scripts })).NewPageAsync());
}

/// <summary>One window, and what went wrong in it.</summary>
public sealed class Window : IAsyncDisposable
{
    private readonly List<string> _faults = [];

    public Window(IPage page)
    {
        Page = page;
        page.Console += (_, m) =>
        {
            if (m.Type is "error" or "warning")
            {
                _faults.Add($"{m.Type}: {m.Text} ({m.Location})");
            }
        };
        page.PageError += (_, e) => _faults.Add($"thrown: {e}");
        // Leaving a page ends its live connection: that is no fault.
        page.RequestFailed += (_, r) =>
        {
            if (!r.Url.EndsWith("/live", StringComparison.Ordinal))
            {
                _faults.Add($"failed: {r.Url} {r.Failure}");
            }
        };
    }

    public IPage Page { get; }

    public async Task SignInAsync(string name, string password = DeskBench.Password)
    {
        await Page.GotoAsync("/sign-in");
        await Page.FillAsync("[name=name]", name);
        await Page.FillAsync("[name=password]", password);
        await Page.ClickAsync("button.first");
        await Page.WaitForURLAsync(u => !u.Contains("sign-in", StringComparison.Ordinal));
    }

    /// <summary>A picture for people to look at, below <c>artifacts/screenshots</c>.</summary>
    public Task PictureAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(SourceTree.Path("artifacts"), "screenshots", $"{name}.png"), FullPage = true });

    /// <summary>In light, dark and narrow: no serious barrier, nothing that scrolls sideways, and a picture of each.</summary>
    public async Task LooksWellAsync(string name)
    {
        Assert.Empty(await BarriersAsync());
        await PictureAsync(name);
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        Assert.Empty(await BarriersAsync());
        await PictureAsync(name + "-dark");
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Page.SetViewportSizeAsync(390, 800);
        Assert.Empty(await BarriersAsync());
        Assert.True(await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");
        await PictureAsync(name + "-narrow");
    }

    /// <summary>Serious violations of WCAG 2.1 A and AA as axe-core finds them, a line each.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync()
    {
        // Evaluated, not added to the page: its policy lets no script in from outside.
        await Page.EvaluateAsync(await File.ReadAllTextAsync(SourceTree.Path("node_modules", "axe-core", "axe.min.js")));
        return await Page.EvaluateAsync<string[]>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations
              .filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html).slice(0, 3).join(' | ')}`)
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        Assert.Empty(_faults);
    }
}
