using System.Net;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Tests.Web;

public sealed class SignInTests
{
    [Fact]
    public async Task The_first_administrator_comes_by_a_link_that_only_the_worker_s_account_can_read_and_that_works_once()
    {
        await using var bench = await DeskBench.StartAsync();
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(bench.FirstSignInFile) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var link = new Uri((await File.ReadAllTextAsync(bench.FirstSignInFile)).Trim());
        var browser = bench.Browser();
        var answer = await DeskBench.PostAsync(browser, link.PathAndQuery, "/welcome", ("token", link.Query["?token=".Length..]), ("name", "rosa"), ("password", DeskBench.Password));
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        Assert.False(File.Exists(bench.FirstSignInFile));
        Assert.Contains("rosa, admin", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains("This link was used", await bench.Browser().GetStringAsync(link.PathAndQuery), StringComparison.Ordinal);
        Assert.False(await new AccountStore(bench.Database).NeedsAdminAsync(default));
    }

    [Fact]
    public async Task After_a_few_wrong_passwords_an_account_pauses_even_for_the_right_one()
    {
        await using var bench = await DeskBench.StartAsync();
        await bench.SignedInAsync(AccountRoles.Viewer);
        for (var i = 0; i < AccountStore.MostFailures; i++)
        {
            var wrong = await DeskBench.PostAsync(bench.Browser(), "/sign-in", "/sign-in", ("name", AccountRoles.Viewer), ("password", "not this one"));
            Assert.Contains("do not fit together", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await DeskBench.PostAsync(bench.Browser(), "/sign-in", "/sign-in", ("name", AccountRoles.Viewer), ("password", DeskBench.Password))).StatusCode);
    }

    [Fact]
    public async Task A_sign_in_ends_when_the_account_is_blocked()
    {
        await using var bench = await DeskBench.StartAsync();
        await bench.SignedInAsync(AccountRoles.Admin);
        var browser = await bench.SignedInAsync(AccountRoles.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        var accounts = new AccountStore(bench.Database);
        await accounts.ChangeAsync((await accounts.FindAsync(AccountRoles.Viewer, default))!.Id, null, true, "admin", DateTime.UtcNow, default);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData("https://elsewhere.invalid/")]
    [InlineData("//elsewhere.invalid/")]
    [InlineData("/\\elsewhere.invalid")]
    public async Task Whoever_signs_in_stays_here(string to)
    {
        await using var bench = await DeskBench.StartAsync();
        await bench.SignedInAsync(AccountRoles.Viewer);
        var answer = await DeskBench.PostAsync(bench.Browser(), "/sign-in", "/sign-in", ("name", AccountRoles.Viewer), ("password", DeskBench.Password), ("to", to));
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task No_script_sees_the_cookie_and_no_other_site_sends_it()
    {
        await using var bench = await DeskBench.StartAsync();
        await bench.SignedInAsync(AccountRoles.Viewer);
        var answer = await DeskBench.PostAsync(bench.Browser(), "/sign-in", "/sign-in", ("name", AccountRoles.Viewer), ("password", DeskBench.Password));
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("pacsai-desk=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("x", "correct horse battery")]
    [InlineData("ro sa", "correct horse battery")]
    [InlineData("<b>rosa</b>", "correct horse battery")]
    [InlineData("rosa", "short")]
    [InlineData("rosa", "it is Rosa herself")]
    public void A_name_or_password_that_is_no_good_is_refused_with_what_is(string name, string password) => Assert.EndsWith(".", Passwords.Refusal(name, password), StringComparison.Ordinal);
}
