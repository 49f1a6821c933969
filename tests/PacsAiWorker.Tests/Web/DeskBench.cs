using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Testing.Records;
using PacsAiWorker.Web;
using PacsAiWorker.Web.Accounts;
using Xunit;

namespace PacsAiWorker.Tests.Web;

/// <summary>The desk on a real port over a seeded site, and people who are signed in to it.</summary>
internal sealed partial class DeskBench : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pacsai-desk-");
    private WebDesk _desk = null!;
    private RecordsDatabase _asDesk = null!;
    private IEmptyDatabases? _databases;

    /// <summary>With the login of the owner; the desk has one of its own where the database knows logins.</summary>
    public RecordsDatabase Database { get; private set; } = null!;

    public string Url => _desk.Urls.First();

    public string FirstSignInFile => Path.Combine(_folder.FullName, "first-sign-in.txt");

    /// <param name="options">Null: those of an empty configuration.</param>
    /// <param name="sources">Null: there are no pictures.</param>
    /// <param name="databases">Null: a file of SQLite.</param>
    public static async Task<DeskBench> StartAsync(int studies = 0, WebOptions? options = null, IDeskSources? sources = null, IEmptyDatabases? databases = null)
    {
        var bench = new DeskBench { _databases = databases };
        bench.Database = new RecordsDatabase(databases is null ? new RecordsOptions(RecordsOptions.Sqlite, $"Data Source={Path.Combine(bench._folder.FullName, "records.db")}") : await databases.NewAsync());
        await new SchemaMigrator(bench.Database).MigrateAsync(default);
        bench._asDesk = databases is null ? bench.Database : new RecordsDatabase(await databases.AsDeskAsync(bench.Database));
        await new SeededSite(bench.Database, TimeProvider.System.GetUtcNow().UtcDateTime).FillAsync(studies);
        bench._desk = new WebDesk((options ?? new WebOptions()) with { Urls = "http://127.0.0.1:0" }, bench.Place, bench._asDesk, bench.Sources = sources ?? bench.Sources, bench.Heads, TimeProvider.System, NullLoggerFactory.Instance);
        await bench._desk.StartAsync(default);
        return bench;
    }

    public IDeskSources Sources { get; private set; } = new NoSources();

    public PublishedHeads Heads => new(Path.Combine(_folder.FullName, "audit-heads.csv"));

    public DeskPlace Place => new("north", TimeZoneInfo.Utc, "0", _folder.FullName, new AbsenceLimits(TimeSpan.FromHours(2), TimeSpan.FromHours(1), TimeSpan.FromHours(1)), TimeSpan.FromHours(2));

    /// <summary>A browser that nobody has signed in to.</summary>
    public HttpClient Browser() => new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(Url) };

    /// <summary>An account of a role, and a browser signed in to it; its name is the role.</summary>
    public async Task<HttpClient> SignedInAsync(string role)
    {
        var accounts = new AccountStore(Database);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        if (await accounts.FindAsync(role, default) is null)
        {
            var token = await accounts.InviteAsync(role, "test", now, TimeSpan.FromHours(1), default);
            await accounts.AcceptAsync(token, role, new Passwords(accounts, TimeProvider.System).Hash(Password), now, default);
        }

        var browser = Browser();
        var answer = await PostAsync(browser, "/sign-in", "/sign-in", ("name", role), ("password", Password), ("to", "/"));
        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        return browser;
    }

    /// <summary>A program of the site.</summary>
    public async Task<HttpClient> ServiceAsync()
    {
        await new AccountStore(Database).AddServiceAsync("ris", AccountStore.DigestOf("key"), "test", TimeProvider.System.GetUtcNow().UtcDateTime, default);
        var client = Browser();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer ris.key");
        return client;
    }

    /// <summary>Sends a form as the page has it, with its token against forgery.</summary>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string page, string to, params (string Name, string Value)[] fields)
    {
        var token = TokenOf(await browser.GetStringAsync(page));
        return await browser.PostAsync(to, new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create("__RequestVerificationToken", token)]));
    }

    /// <summary>The token against forgery that a page's forms carry.</summary>
    public static string TokenOf(string html) => ForgeryToken().Match(html).Groups[1].Value;

    public async ValueTask DisposeAsync()
    {
        await _desk.StopAsync(default);
        await _desk.DisposeAsync();
        Database.Dispose();
        _asDesk.Dispose();
        SqliteConnection.ClearAllPools();
        await (_databases?.LeaveAsync(Database) ?? Task.CompletedTask);
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex("""name="__RequestVerificationToken" type="hidden" value="([^"]+)""")]
    private static partial Regex ForgeryToken();

    private sealed class NoSources : IDeskSources
    {
        public byte[]? Picture(string place) => null;

        public IReadOnlyList<string> ReportText(byte[] report) => ["Imaging Report"];
    }
}
