using System.Net;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Testing.Records;
using Xunit;

namespace PacsAiWorker.Tests.Web;

/// <summary>What people do on the pages, with the rights that the desk has on its database: on SQLite in the unit tests, as a login of PostgreSQL in the end-to-end tests.</summary>
public abstract class PagesContract(IEmptyDatabases? databases)
{
    private Task<DeskBench> StartAsync(int studies = 0) => DeskBench.StartAsync(studies, databases: databases);

    private static string Study(int number) => $"/study/{SeededSite.Uid(number)}";

    [Fact]
    public async Task Hostile_texts_stay_texts_on_every_page()
    {
        await using var bench = await StartAsync(30);
        var browser = await bench.SignedInAsync(AccountRoles.Admin);
        string[] pages = ["/?show=all", "/pipeline", "/quality", "/record", "/record?who=" + Uri.EscapeDataString(HostileTexts.All[1]), "/models", "/recalls", "/system", "/accounts", "/scores", .. Enumerable.Range(0, 30).Select(Study)];
        foreach (var page in pages)
        {
            var answer = await browser.GetAsync(page);
            var html = await answer.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("<script>window", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<svg/onload", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<iframe", html, StringComparison.Ordinal);
            Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.True(answer.Headers.CacheControl!.NoStore);
        }
    }

    [Fact]
    public async Task The_list_shows_what_is_not_read_in_the_order_of_the_rule_with_its_reason()
    {
        await using var bench = await StartAsync(30);
        var html = await (await bench.SignedInAsync(AccountRoles.Viewer)).GetStringAsync("/");
        var expected = await WorklistQuery.RunAsync(bench.Database, new WorklistFilter { IsRead = false }, default);
        var places = expected.Select(e => html.IndexOf($"data-to=\"/study/{e.StudyInstanceUid}\"", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Equal(expected.Count, html.Split("data-to=").Length - 1);
        Assert.Contains("High<small>TP2</small>", html, StringComparison.Ordinal);
        Assert.Contains("2 of 2 images above threshold", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?i)>[^<]*\bnormal\b(?!-)[^<]*<", html.Replace("never means normal", "", StringComparison.Ordinal).Replace(SeededSite.Kidney, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_search_finds_a_study_and_its_words_stand_in_no_address()
    {
        await using var bench = await StartAsync(8);
        var browser = await bench.SignedInAsync(AccountRoles.Viewer);
        var answer = await DeskBench.PostAsync(browser, "/", "/", ("text", "doe^number4"), ("show", "all"));
        Assert.Equal("/?Show=all&found=True", answer.Headers.Location!.OriginalString);
        var html = await browser.GetStringAsync(answer.Headers.Location);
        Assert.Contains(Study(4), html, StringComparison.Ordinal);
        Assert.Equal(1, html.Split("data-to=").Length - 1);
        Assert.DoesNotContain("number4&", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Images_that_came_after_the_page_was_opened_are_not_read_with_it()
    {
        await using var bench = await StartAsync(8);
        var browser = await bench.SignedInAsync(AccountRoles.Viewer);
        await DeskBench.PostAsync(browser, Study(0), Study(0) + "?handler=Read", ("read", "true"), ("seen", "1"));
        Assert.Contains("Images have come since", await browser.GetStringAsync(Study(0)), StringComparison.Ordinal);
        Assert.Contains(Study(0), await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/quality?from=0001-01-01&to=0001-01-02")]
    [InlineData("/quality?from=1200-01-01")]
    [InlineData("/record?to=9999-12-31&from=0001-01-01")]
    [InlineData("/?from=9999-12-31&skip=-5")]
    [InlineData("/scores?to=9999-12-31&least=NaN&before=9-x")]
    [InlineData("/scores?least=-1&most=1e400")]
    public async Task Odd_questions_are_answered(string page)
    {
        await using var bench = await StartAsync(2);
        Assert.Equal(HttpStatusCode.OK, (await (await bench.SignedInAsync(AccountRoles.Admin)).GetAsync(page)).StatusCode);
    }

    [Fact]
    public async Task Opening_a_study_is_kept_and_whoever_reads_it_takes_it_off_the_list()
    {
        await using var bench = await StartAsync(8);
        var browser = await bench.SignedInAsync(AccountRoles.Viewer);
        Assert.Contains("flagged", await browser.GetStringAsync(Study(0)), StringComparison.Ordinal);
        Assert.Equal([AccountRoles.Viewer], (await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(0), default))!.Entry.OpenedBy);
        await DeskBench.PostAsync(browser, Study(0), Study(0) + "?handler=Read", ("read", "true"), ("seen", $"{DateTime.UtcNow.Ticks}"));
        Assert.DoesNotContain(Study(0), await browser.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains(Study(0), await browser.GetStringAsync("/?show=read"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_needs_a_reason_unless_it_agrees_and_stands_on_the_page_with_its_name()
    {
        await using var bench = await StartAsync(8);
        var browser = await bench.SignedInAsync(AccountRoles.Viewer);
        var result = (await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(5), default))!.Verdicts.Single().Result.Id;
        async Task<string> AnswerAsync(params (string, string)[] more)
        {
            await DeskBench.PostAsync(browser, Study(5), Study(5) + "?handler=Answer", [("key", $"{Guid.NewGuid()}"), ("result", $"{result}"), .. more]);
            return await browser.GetStringAsync(Study(5));
        }

        Assert.Contains("Say why in a few words", await AnswerAsync(("verdict", "reject")), StringComparison.Ordinal);
        Assert.Contains("also choose the class", await AnswerAsync(("verdict", "correct"), ("reason", "a cyst")), StringComparison.Ordinal);
        Assert.Contains("has no class", await AnswerAsync(("verdict", "correct"), ("label", "cyst"), ("reason", "a cyst")), StringComparison.Ordinal);
        Assert.Contains("<b>viewer</b> does not agree", await AnswerAsync(("verdict", "reject"), ("reason", "a cyst")), StringComparison.Ordinal);
        Assert.Single((await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(5), default))!.Feedback, f => f.Actor == AccountRoles.Viewer);
    }

    [Fact]
    public async Task Messages_are_stopped_and_let_go_again_and_every_page_says_since_when()
    {
        await using var bench = await StartAsync(3);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Stop", ("why", "wrong priorities"));
        Assert.Contains("Priority messages are stopped by coordinator: wrong priorities", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Resume", ("why", "mended"));
        Assert.Null(await new StopStore(bench.Database).CurrentAsync(default));
        Assert.DoesNotContain("Priority messages are stopped by", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Final_diagnoses_come_as_a_file_and_give_rates_with_what_they_were_counted_from()
    {
        await using var bench = await StartAsync(30);
        var browser = await bench.SignedInAsync(AccountRoles.Qa);
        async Task<string> SendAsync(string file)
        {
            var token = DeskBench.TokenOf(await browser.GetStringAsync("/quality"));
            using var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" }, { new StringContent(file), "file", "truth.csv" } };
            await browser.PostAsync("/quality?handler=Diagnoses", form);
            return await browser.GetStringAsync("/quality");
        }

        Assert.Contains("its columns are study, truth", await SendAsync("study,truth\n1,2\n"), StringComparison.Ordinal);
        Assert.Contains("line 2 has 2 fields", await SendAsync("study,model,label\n1,2\n"), StringComparison.Ordinal);
        var html = await SendAsync($"study,model,label\n{SeededSite.Uid(0)},{SeededSite.Kidney},abnormal\nA0005,{SeededSite.Kidney},normal\nA0001,{SeededSite.Kidney},normal\n");
        Assert.Contains("3 final diagnoses are new, of 3 lines", html, StringComparison.Ordinal);
        Assert.Contains("100.0 % (1 of 1;", html, StringComparison.Ordinal);
        Assert.Contains("50.0 % (1 of 2;", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinator_raises_and_lowers_a_study_and_it_stands_with_the_study_who_and_why()
    {
        await using var bench = await StartAsync(8);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        await DeskBench.PostAsync(browser, Study(1), Study(1) + "?handler=Raise", ("priority", "TP1"), ("why", "the surgeon waits"));
        Assert.Contains("raised to Critical by coordinator", await browser.GetStringAsync(Study(1)), StringComparison.Ordinal);
        Assert.Equal(Priorities.Critical, (await WorklistQuery.RunAsync(bench.Database, 1, default))[0].Priority);
        await DeskBench.PostAsync(browser, Study(5), Study(5) + "?handler=Lower", ("model", SeededSite.Kidney), ("why", "known and followed"));
        Assert.Contains("no longer counts", await browser.GetStringAsync(Study(5)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_is_suspended_with_the_name_of_who_did_it_in_the_record()
    {
        await using var bench = await StartAsync(3);
        var browser = await bench.SignedInAsync(AccountRoles.Qa);
        await DeskBench.PostAsync(browser, "/models", "/models?handler=Suspend", ("identity", new string('1', 64)), ("why", "too many flags"));
        Assert.Contains("too many flags", await browser.GetStringAsync("/models"), StringComparison.Ordinal);
        var entry = Assert.Single(await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "model suspended"), default));
        Assert.Equal(AccountRoles.Qa, entry.Actor);
    }

    [Theory]
    [InlineData("model:no-such")]
    [InlineData("channel:pigeon")]
    [InlineData("everything")]
    public async Task Messages_that_do_not_exist_are_not_stopped_and_no_others_are(string which)
    {
        await using var bench = await StartAsync(3);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Stop", ("why", "it jumps"), ("which", which));
        Assert.Contains("There are no such messages", await browser.GetStringAsync("/pipeline"), StringComparison.Ordinal);
        Assert.DoesNotContain("are stopped by", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model:gout-mtp1", "Priority messages of gout-mtp1 are stopped by coordinator: it jumps")]
    [InlineData("channel:ups", "Priority messages over work items (UPS) are stopped by coordinator: it jumps")]
    public async Task Messages_of_one_package_or_over_one_channel_are_stopped_and_the_banner_says_which(string which, string says)
    {
        await using var bench = await StartAsync(3);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Stop", ("why", "it jumps"), ("which", which));
        Assert.Contains(says, await browser.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains($"value=\"{which}\"", await browser.GetStringAsync("/pipeline"), StringComparison.Ordinal);
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Resume", ("why", "mended"), ("which", which));
        Assert.DoesNotContain(says, await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_is_recalled_its_list_is_shown_filtered_exported_and_ended_by_whoever_may()
    {
        await using var bench = await StartAsync(12);
        var browser = await bench.SignedInAsync(AccountRoles.Qa);
        var page = (await DeskBench.PostAsync(browser, "/models", "/models?handler=Recall", ("identity", new string('2', 64)), ("why", "wrong <b>threshold</b>"))).Headers.Location!.OriginalString;
        var html = await browser.GetStringAsync(page);
        Assert.Contains("Recall of gout-mtp1 1.0.0", html, StringComparison.Ordinal);
        Assert.Contains("wrong &lt;b&gt;threshold&lt;/b&gt;", html, StringComparison.Ordinal);
        Assert.Contains("0 of 6", html, StringComparison.Ordinal);
        Assert.Contains("the worker comes to it", html, StringComparison.Ordinal);
        Assert.Contains("No study fits", await browser.GetStringAsync(page + "?show=closed"), StringComparison.Ordinal);
        Assert.Contains("recalled since", await browser.GetStringAsync("/models"), StringComparison.Ordinal);
        Assert.Contains("0 of 6", await browser.GetStringAsync("/recalls"), StringComparison.Ordinal);
        Assert.Contains("6 studies of its recall are not closed", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        var csv = (await browser.GetStringAsync(page + "?handler=Csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, csv.Length);
        Assert.StartsWith("study_instance_uid,", csv[0], StringComparison.Ordinal);
        Assert.Equal("recall", Assert.Single(await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "exported"), default)).Subject);
        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync($"/recalls/{Guid.NewGuid()}")).StatusCode);
        await DeskBench.PostAsync(browser, page, page + "?handler=End", ("why", "it was another"));
        Assert.Contains("Ended", await browser.GetStringAsync(page), StringComparison.Ordinal);
        Assert.DoesNotContain("recalled since", await browser.GetStringAsync("/models"), StringComparison.Ordinal);
        Assert.Equal(AccountRoles.Qa, Assert.Single(await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "model recall ended"), default)).Actor);
    }

    [Fact]
    public async Task A_coordinator_asks_whether_a_peer_answers_and_a_worker_does_the_asking()
    {
        await using var bench = await StartAsync(1);
        var facts = new FactStore(bench.Database, new WorkTable(bench.Database));
        WorkerFactRow Fact(string kind, string name, string says) => new() { Worker = "w (all)", Kind = kind, Name = name, Says = says, At = DateTime.UtcNow.AddHours(-1), IsWell = kind == FactKinds.Peer };
        await facts.WriteAsync("w (all)", [Fact(FactKinds.Peer, "PACS archive", "ARCHIVE@10.0.0.1:104"), Fact(FactKinds.Disk, "disk forecast", "the mark is reached in about 3 days")], DateTime.UtcNow, default);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        var html = await browser.GetStringAsync("/system");
        Assert.Contains("nobody has looked", html, StringComparison.Ordinal);
        Assert.Contains("the mark is reached in about 3 days", html, StringComparison.Ordinal);
        Assert.Contains("silent since", html, StringComparison.Ordinal);
        await DeskBench.PostAsync(browser, "/system", "/system?handler=Look", ("peer", "PACS unknown"));
        Assert.Contains("No worker has this peer", await browser.GetStringAsync("/system"), StringComparison.Ordinal);
        await DeskBench.PostAsync(browser, "/system", "/system?handler=Look", ("peer", "PACS archive"));
        Assert.Contains("no worker has answered yet", await browser.GetStringAsync("/system"), StringComparison.Ordinal);
        var work = Assert.Single(await new WorkTable(bench.Database).ClaimAsync(WorkKinds.Look, "w", TimeSpan.FromMinutes(1), 9, default));
        Assert.Equal("PACS archive", work.DedupeKey);
        await bench.Database.WriteAsync(t => FactStore.AnswerAsync(t, work.DedupeKey, false, "no association", DateTime.UtcNow, default), default);
        Assert.Contains("no association", await browser.GetStringAsync("/system"), StringComparison.Ordinal);
        Assert.Equal(AccountRoles.Coordinator, Assert.Single(await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "peer look asked"), default)).Actor);
    }

    [Fact]
    public async Task A_form_from_elsewhere_changes_nothing()
    {
        await using var bench = await StartAsync(3);
        var browser = await bench.SignedInAsync(AccountRoles.Admin);
        var answer = await browser.PostAsync("/pipeline?handler=Stop", new FormUrlEncodedContent([KeyValuePair.Create("why", "x")]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(await new StopStore(bench.Database).CurrentAsync(default));
    }

    [Fact]
    public async Task The_record_comes_as_a_file_with_every_entry_and_verifies()
    {
        await using var bench = await StartAsync(20);
        var browser = await bench.SignedInAsync(AccountRoles.Qa);
        var entries = (await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "received"), default)).Count;
        var csv = await browser.GetStringAsync("/record?handler=Csv&action=received");
        Assert.Equal(AccountRoles.Qa, Assert.Single(await AuditQuery.RunAsync(bench.Database, new AuditFilter(Action: "exported"), default)).Actor);
        Assert.Equal(entries + 1, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        await DeskBench.PostAsync(browser, "/record", "/record?handler=Verify");
        Assert.Contains("Every entry fits the one before it", await browser.GetStringAsync("/record"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_study_that_does_not_exist_is_said_so() =>
        Assert.Contains("There is no such page, study or picture", await NotFoundAsync("/study/1.2.3"), StringComparison.Ordinal);

    private async Task<string> NotFoundAsync(string page)
    {
        await using var bench = await StartAsync();
        var answer = await (await bench.SignedInAsync(AccountRoles.Viewer)).GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Nothing_on_a_page_comes_from_elsewhere()
    {
        await using var bench = await StartAsync(3);
        var html = await (await bench.SignedInAsync(AccountRoles.Admin)).GetStringAsync(Study(0));
        Assert.DoesNotContain("http://", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await bench.Browser().GetAsync("/ui/desk.css")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await (await bench.SignedInAsync(AccountRoles.Viewer)).GetAsync("/ui/../DeskSite.cs")).StatusCode);
    }
}
