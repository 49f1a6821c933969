using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing.Records;
using PacsAiWorker.Tests.Web;
using PacsAiWorker.Web;
using Xunit;

namespace PacsAiWorker.EndToEnd.Desk;

/// <summary>The desk in a browser, over a site of 500 studies: what people see is what SQL counts.</summary>
[Collection(Lanes.Desk)]
public sealed class DeskTests(DeskTests.Site site) : IClassFixture<DeskTests.Site>
{
    /// <summary>The site and the browser of all tests of this class: each touches studies of its own.</summary>
    public sealed class Site : IAsyncLifetime
    {
        internal DeskBench Bench { get; private set; } = null!;

        internal Browser Browser { get; } = new();

        public async Task InitializeAsync()
        {
            await Browser.InitializeAsync();
            Bench = await DeskBench.StartAsync(500, sources: new OnePicture());
            await FactsAsync();
            foreach (var role in AccountRoles.All.Where(r => r != AccountRoles.Service))
            {
                (await Bench.SignedInAsync(role)).Dispose();
            }
        }

        /// <summary>As two workers would have written them.</summary>
        private async Task FactsAsync()
        {
            var store = new FactStore(Bench.Database, new WorkTable(Bench.Database));
            var now = DateTime.UtcNow;
            WorkerFactRow Fact(string worker, string kind, string name, string says, bool isWell = true) => new() { Worker = worker, Kind = kind, Name = name, Says = says, IsWell = isWell, At = now };
            const string First = "pacs-ai-1 (receive, score)", Second = "pacs-ai-2 (report, deliver)";
            await store.WriteAsync(First,
                [
                    Fact(First, FactKinds.Database, "database", "PostgreSQL answers"), Fact(First, FactKinds.Broker, "broker (RabbitMQ)", "answers as pacsai on broker:5672"), Fact(First, FactKinds.Certificate, "certificate of our port", "valid until 2026-12-05: renew it now", false),
                    Fact(First, FactKinds.Disk, "disk forecast", "the mark is reached in about 41 days, on 2027-01-03: 210.4 GiB may still come, 5.1 GiB come a day"), Fact(First, FactKinds.Device, "kidney-normal-abnormal@1.0.0", "ONNX Runtime 1.30.0, CUDA, tf32"),
                ], now, default);
            await store.WriteAsync(Second,
                [
                    Fact(Second, FactKinds.Database, "database", "PostgreSQL answers"), Fact(Second, FactKinds.Peer, "PACS archive", "ARCHIVE@pacs.example.org:104"), Fact(Second, FactKinds.Peer, "PACS second", "https://pacs.example.org/dicom-web"),
                    Fact(Second, FactKinds.Peer, "modality worklist", "RIS@ris.example.org:104"), Fact(Second, FactKinds.Peer, "HL7 receiver", "ris.example.org:2575"),
                ], now, default);
            await store.AskAsync("PACS archive", "rosa", now, default);
            await store.AskAsync("HL7 receiver", "rosa", now, default);
            await Bench.Database.WriteAsync(t => FactStore.AnswerAsync(t, "PACS archive", true, "ARCHIVE@pacs.example.org:104 answers and takes Comprehensive 3D SR", now, default), default);
            await Bench.Database.WriteAsync(t => FactStore.AnswerAsync(t, "HL7 receiver", false, "ris.example.org:2575: no answer within 5 s (Worklist:Hl7); raised priorities wait, `worklist` shows which", now, default), default);
        }

        public async Task DisposeAsync()
        {
            await Browser.DisposeAsync();
            await Bench.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_list_stands_in_its_order_and_counts_what_SQL_counts()
    {
        await using var window = await OpenAsync(AccountRoles.Viewer, "/");
        var places = await window.Page.Locator("tr[data-to]").EvaluateAllAsync<string[]>("rows => rows.map(r => r.dataset.to)");
        Assert.Equal(await SqlAsync("SELECT '/study/' || study_instance_uid FROM study WHERE read_at IS NULL ORDER BY CASE priority WHEN 'TP1' THEN 1 WHEN 'TP2' THEN 2 WHEN 'TP3' THEN 3 ELSE 4 END, first_received_at LIMIT 50"), places);
        await Assertions.Expect(window.Page.GetByText($"1 to 50 of {(await SqlAsync("SELECT COUNT(*) FROM study WHERE read_at IS NULL"))[0]}")).ToBeVisibleAsync();
        await window.Page.SelectOptionAsync("[name=priority]", "TP2");
        await window.Page.SelectOptionAsync("[name=show]", "all");
        await window.Page.ClickAsync("form.filter button.first");
        await Assertions.Expect(window.Page.GetByText($"of {(await SqlAsync("SELECT COUNT(*) FROM study WHERE priority = 'TP2'"))[0]}").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_study_that_is_read_elsewhere_leaves_the_open_list_by_itself()
    {
        await using var window = await OpenAsync(AccountRoles.Viewer, "/");
        await Assertions.Expect(window.Page.Locator("[data-live-state]")).ToHaveTextAsync("live");
        var first = window.Page.Locator("tr[data-to]").First;
        var id = await first.GetAttributeAsync("id");
        await new ReaderStore(site.Bench.Database).ReadAsync(Guid.Parse(id![2..]), true, DateTime.UtcNow, "elsewhere", DateTime.UtcNow, default);
        await Assertions.Expect(window.Page.Locator($"[id='{id}']")).ToHaveCountAsync(0);
        await Assertions.Expect(window.Page.Locator("tr[data-to]")).ToHaveCountAsync(50);
    }

    [Fact]
    public async Task The_list_is_walked_and_a_study_opened_by_the_keyboard_alone()
    {
        await using var window = await OpenAsync(AccountRoles.Viewer, "/");
        var second = await window.Page.Locator("tr[data-to]").Nth(1).GetAttributeAsync("data-to");
        await window.Page.Keyboard.PressAsync("j");
        await window.Page.Keyboard.PressAsync("j");
        await window.Page.Keyboard.PressAsync("Enter");
        await window.Page.WaitForURLAsync("**" + second);
        await window.Page.GotoAsync("/");
        await window.Page.Keyboard.PressAsync("/");
        await window.Page.Keyboard.TypeAsync("P0003");
        await window.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(window.Page.Locator("tr[data-to]")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_study_that_somebody_walked_to_stays_chosen_when_the_list_renews_itself()
    {
        await using var window = await OpenAsync(AccountRoles.Viewer, "/");
        await Assertions.Expect(window.Page.Locator("[data-live-state]")).ToHaveTextAsync("live");
        var rows = window.Page.Locator("tr[data-to]");
        var second = await rows.Nth(1).GetAttributeAsync("data-to");
        var away = await rows.Nth(7).GetAttributeAsync("id");
        await window.Page.Keyboard.PressAsync("j");
        await window.Page.Keyboard.PressAsync("j");
        await new ReaderStore(site.Bench.Database).ReadAsync(Guid.Parse(away![2..]), true, DateTime.UtcNow, "elsewhere", DateTime.UtcNow, default);
        await Assertions.Expect(window.Page.Locator($"[id='{away}']")).ToHaveCountAsync(0);
        await Assertions.Expect(window.Page.Locator("tr[aria-selected=true]")).ToHaveAttributeAsync("data-to", second!);
        await window.Page.Keyboard.PressAsync("Enter");
        await window.Page.WaitForURLAsync("**" + second);
    }

    [Fact]
    public async Task A_reader_answers_a_result_and_reads_the_study()
    {
        await using var window = await OpenAsync(AccountRoles.Viewer, $"/study/{SeededSite.Uid(10)}");
        await window.Page.GetByText("Your answer").ClickAsync();
        await window.Page.CheckAsync("input[value=correct]");
        await window.Page.SelectOptionAsync("[name=label]", "normal");
        await window.Page.FillAsync("[name=reason]", "a fold of the liver");
        await window.Page.ClickAsync("text=Keep my answer");
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Your answer is kept.");
        await window.Page.ClickAsync("text=I have read it");
        await Assertions.Expect(window.Page.GetByText("read by viewer").First).ToBeVisibleAsync();
        Assert.Equal(["viewer|correct|normal|1"], await SqlAsync($"SELECT actor || '|' || verdict || '|' || label || '|' || (opened_at IS NOT NULL) FROM feedback f JOIN study s ON s.id = f.study_id WHERE s.study_instance_uid = '{SeededSite.Uid(10)}' AND actor = 'viewer'"));
        Assert.Equal(["viewer"], await SqlAsync($"SELECT read_by FROM study WHERE study_instance_uid = '{SeededSite.Uid(10)}'"));
    }

    [Fact]
    public async Task Quality_shows_what_SQL_counts_and_its_rates_with_what_they_were_counted_from()
    {
        await using var window = await OpenAsync(AccountRoles.Qa, "/quality");
        var flagged = (await SqlAsync($"SELECT COUNT(*) FROM result WHERE model_id = '{SeededSite.Kidney}' AND is_positive"))[0];
        var all = (await SqlAsync($"SELECT COUNT(*) FROM result WHERE model_id = '{SeededSite.Kidney}' AND probability IS NOT NULL"))[0];
        await Assertions.Expect(window.Page.GetByText($"({flagged} of {all}; 95 % interval")).ToBeVisibleAsync();
        await Assertions.Expect(window.Page.Locator(".tile b").First).ToHaveTextAsync("500");
        foreach (var line in await SqlAsync("SELECT outcome_reason || ' ' || COUNT(*) FROM instance WHERE outcome = 'not scored' GROUP BY outcome_reason"))
        {
            var split = line.LastIndexOf(' ');
            await Assertions.Expect(window.Page.Locator("tr", new() { HasText = line[..split] }).Locator("td").Nth(1)).ToHaveTextAsync(line[(split + 1)..]);
        }
    }

    [Fact]
    public async Task Messages_are_stopped_and_the_banner_says_so_on_every_page()
    {
        await using var window = await OpenAsync(AccountRoles.Coordinator, "/pipeline");
        await window.Page.FillAsync("form[action*=Stop] [name=why]", "priorities look wrong");
        await window.Page.ClickAsync("text=Stop these messages");
        await window.Page.GotoAsync("/");
        await Assertions.Expect(window.Page.Locator(".banner")).ToContainTextAsync("Priority messages are stopped by coordinator: priorities look wrong");
        await window.PictureAsync("worklist-banner");
    }

    [Fact]
    public async Task Hostile_texts_run_nowhere()
    {
        await using var window = await OpenAsync(AccountRoles.Admin, "/");
        foreach (var page in new[] { "/?show=all", "/pipeline", "/quality", "/record", "/accounts" }.Concat(Enumerable.Range(0, HostileTexts.All.Count * 2).Select(i => $"/study/{SeededSite.Uid(i)}")))
        {
            await window.Page.GotoAsync(page);
            Assert.False(await window.Page.EvaluateAsync<bool>("() => 'hit' in window"));
            Assert.Equal(0, await window.Page.Locator("[hx-get='/x']").CountAsync());
        }
    }

    [Fact]
    public async Task Without_scripts_everything_can_be_read()
    {
        await using var window = await site.Browser.OpenAsync(site.Bench.Url, scripts: false);
        await window.SignInAsync(AccountRoles.Admin);
        await Assertions.Expect(window.Page.Locator("tr[data-to]")).ToHaveCountAsync(50);
        await window.Page.Locator("tr[data-to] a").First.ClickAsync();
        await Assertions.Expect(window.Page.Locator(".images li")).ToHaveCountAsync(3);
        await window.Page.ClickAsync("text=The report as text");
        await window.Page.ClickAsync("text=Open it");
        await Assertions.Expect(window.Page.Locator("pre")).ToContainTextAsync("Imaging Report");
    }

    public static TheoryData<string, string> Pages => new()
    {
        { "worklist", "/" }, { "study", $"/study/{SeededSite.Uid(0)}" }, { "pipeline", "/pipeline" }, { "quality", "/quality" }, { "record", "/record" }, { "scores", "/scores" }, { "models", "/models" }, { "recalls", "/recalls" }, { "system", "/system" }, { "accounts", "/accounts" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_has_no_serious_barrier_in_light_dark_or_narrow_and_does_not_scroll_sideways(string name, string page)
    {
        await using var window = await OpenAsync(AccountRoles.Admin, page);
        await window.LooksWellAsync(name);
    }

    private async Task<Window> OpenAsync(string role, string page)
    {
        var window = await site.Browser.OpenAsync(site.Bench.Url);
        await window.SignInAsync(role);
        await window.Page.GotoAsync(page);
        return window;
    }

    /// <summary>The first column of what SQL gives.</summary>
    private async Task<IReadOnlyList<string>> SqlAsync(string sql)
    {
        await using var connection = new SqliteConnection(site.Bench.Database.Options.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetValue(0).ToString()!);
        }

        return rows;
    }

    /// <summary>The same picture for every score: one grey pixel.</summary>
    private sealed class OnePicture : IDeskSources
    {
        private static readonly byte[] Grey = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==");

        public byte[]? Picture(string place) => Grey;

        public IReadOnlyList<string> ReportText(byte[] report) => ["Imaging Report"];
    }
}
