using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Web;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Tests.Web;

/// <summary>Nothing is open that was not meant to be.</summary>
public sealed class RightsTests(RightsTests.Site site) : IClassFixture<RightsTests.Site>
{
    /// <summary>One desk, and a browser of each role, for all of these tests: they change nothing.</summary>
    public sealed class Site : IAsyncLifetime
    {
        internal DeskBench Bench { get; private set; } = null!;

        internal Dictionary<string, HttpClient> Browsers { get; } = [];

        public async Task InitializeAsync()
        {
            Bench = await DeskBench.StartAsync(3);
            foreach (var role in AccountRoles.All.Where(r => r != AccountRoles.Service))
            {
                Browsers[role] = await Bench.SignedInAsync(role);
            }
        }

        public Task DisposeAsync() => Bench.DisposeAsync().AsTask();
    }

    /// <summary>Open to everybody: how one comes in, and what a page is made of.</summary>
    private static readonly string[] Open = ["sign-in", "sign-out", "welcome", "problem"];

    [Fact]
    public async Task Every_address_names_a_right_or_is_one_of_the_few_that_are_open()
    {
        var bench = site.Bench;
        await using var other = DeskSite.Build(new WebOptions { Urls = "http://127.0.0.1:0" }, bench.Place, bench.Database, bench.Sources, bench.Heads, TimeProvider.System, NullLoggerFactory.Instance);
        await other.StartAsync();
        var endpoints = other.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.InRange(endpoints.Count, 15, 200);
        Assert.All(endpoints, e =>
        {
            var isOpen = e.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            Assert.Equal(Open.Contains(e.RoutePattern.RawText?.TrimStart('/')), isOpen);
            Assert.True(isOpen || e.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(a => a.Policy is { } policy && Rights.Holders.ContainsKey(policy)), e.RoutePattern.RawText);
        });
    }

    [Fact]
    public void Every_act_on_a_page_that_many_may_see_names_a_right_of_its_own()
    {
        var pages = typeof(WebDesk).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PageModel)) && t.GetCustomAttribute<AuthorizeAttribute>()?.Policy == Rights.See).ToList();
        Assert.NotEmpty(pages);
        Assert.All(pages.SelectMany(p => p.GetMethods()).Where(m => m.Name.StartsWith("OnPost", StringComparison.Ordinal)), m => Assert.NotNull(m.GetCustomAttribute<RightAttribute>()));
    }

    public static TheoryData<string, string> Pages => new()
    {
        { "/", Rights.See }, { "/pipeline", Rights.See }, { "/models", Rights.See }, { "/recalls", Rights.See }, { "/system", Rights.See }, { "/quality", Rights.Review }, { "/record", Rights.Review }, { "/scores", Rights.Review }, { "/api/v1/scores", Rights.Review }, { "/accounts", Rights.Administer },
        { "/api/v1/worklist", Rights.See }, { "/api/v1/models", Rights.See }, { "/api/v1/audit", Rights.Review }, { "/api/v1/work", Rights.Review }, { "/api/v1/openapi.json", Rights.See },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_opens_for_the_roles_that_hold_its_right_and_for_nobody_else(string page, string right)
    {
        var stranger = await site.Bench.Browser().GetAsync(page);
        if (page.StartsWith("/api", StringComparison.Ordinal))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        }
        else
        {
            Assert.Equal(HttpStatusCode.Redirect, stranger.StatusCode);
            Assert.Contains("/sign-in?to=", stranger.Headers.Location!.OriginalString, StringComparison.Ordinal);
        }

        foreach (var (role, browser) in site.Browsers)
        {
            var answer = await browser.GetAsync(page);
            Assert.Equal(Rights.Holders[right].Contains(role) ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("/pipeline", "/pipeline?handler=Stop", AccountRoles.Viewer)]
    [InlineData("/pipeline", "/pipeline?handler=Retire", AccountRoles.Coordinator)]
    [InlineData("/models", "/models?handler=Suspend", AccountRoles.Coordinator)]
    [InlineData("/models", "/models?handler=Recall", AccountRoles.Coordinator)]
    [InlineData("/pipeline", "/system?handler=Look", AccountRoles.Qa)]
    public async Task An_act_is_refused_to_whoever_only_sees_its_page(string page, string act, string role)
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await DeskBench.PostAsync(site.Browsers[role], page, act, ("why", "x"), ("name", "archive"), ("identity", "1"))).StatusCode);
    }
}
