using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Testing.Records;

namespace PacsAiWorker.Tests.Web;

public sealed class HttpInterfaceTests
{
    [Theory]
    [InlineData("Bearer ris.wrong")]
    [InlineData("Bearer other.key")]
    [InlineData("Bearer riskey")]
    [InlineData("Basic cmlzOmtleQ==")]
    public async Task A_wrong_key_opens_nothing(string header)
    {
        await using var bench = await DeskBench.StartAsync(1);
        await bench.ServiceAsync();
        var client = bench.Browser();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        var answer = await client.GetAsync("/api/v1/worklist");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_list_comes_with_the_filters_of_the_page()
    {
        await using var bench = await DeskBench.StartAsync(30);
        var client = await bench.ServiceAsync();
        var got = await client.GetFromJsonAsync<JsonElement>("/api/v1/worklist?site=south&read=false&limit=5");
        var expected = await WorklistQuery.RunAsync(bench.Database, new WorklistFilter { Site = "south", IsRead = false, Limit = 5 }, default);
        Assert.Equal(expected.Select(e => e.StudyInstanceUid), got.EnumerateArray().Select(e => e.GetProperty("studyInstanceUid").GetString()));
    }

    [Theory]
    [InlineData("/api/v1/worklist?priority=TP9", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/worklist?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/worklist?from=yesterday", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/audit?limit=100000", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/scores?least=NaN", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/scores?answer=maybe", HttpStatusCode.BadRequest)]
    [InlineData("/api/v1/studies/1.2.3", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/no-such-thing", HttpStatusCode.NotFound)]
    public async Task What_cannot_be_answered_is_a_problem_that_says_so(string question, HttpStatusCode status)
    {
        await using var bench = await DeskBench.StartAsync(1);
        var answer = await (await bench.ServiceAsync()).GetAsync(question);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEqual("", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString());
    }

    [Fact]
    public async Task An_answer_sent_twice_is_kept_once_and_another_one_under_its_key_is_refused()
    {
        await using var bench = await DeskBench.StartAsync(8);
        var client = await bench.ServiceAsync();
        var result = (await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(5), default))!.Verdicts.Single().Result.Id;
        var address = $"/api/v1/feedback/{Guid.NewGuid()}";
        Assert.Equal(HttpStatusCode.NoContent, (await client.PutAsJsonAsync(address, new { resultId = result, verdict = "accept" })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PutAsJsonAsync(address, new { resultId = result, verdict = "accept" })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await client.PutAsJsonAsync(address, new { resultId = result, verdict = "reject" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PutAsJsonAsync(address, new { resultId = result, verdict = "perhaps" })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PutAsJsonAsync($"/api/v1/feedback/{Guid.NewGuid()}", new { resultId = Guid.NewGuid(), verdict = "accept" })).StatusCode);
        Assert.Equal("ris", Assert.Single((await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(5), default))!.Feedback, f => f.Source == "api").Actor);
    }

    [Fact]
    public async Task A_final_diagnosis_is_for_quality_staff()
    {
        await using var bench = await DeskBench.StartAsync(8);
        var result = (await StudyQuery.RunAsync(bench.Database, SeededSite.Uid(5), default))!.Verdicts.Single().Result.Id;
        var told = new { resultId = result, verdict = "final", label = "abnormal" };
        Assert.Equal(HttpStatusCode.Forbidden, (await (await bench.SignedInAsync(AccountRoles.Viewer)).PutAsJsonAsync($"/api/v1/feedback/{Guid.NewGuid()}", told)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await (await bench.ServiceAsync()).PutAsJsonAsync($"/api/v1/feedback/{Guid.NewGuid()}", told)).StatusCode);
    }

    [Fact]
    public async Task The_record_goes_on_where_it_ended()
    {
        await using var bench = await DeskBench.StartAsync(10);
        var client = await bench.ServiceAsync();
        var last = await AuditQuery.LastAsync(bench.Database, default);
        List<long> read = [];
        for (var next = $"/api/v1/audit?limit=7&before={last + 1}"; read.Count == 0 || read[^1] > 1; next = $"/api/v1/audit?limit=7&before={read[^1]}")
        {
            read.AddRange((await client.GetFromJsonAsync<JsonElement>(next)).EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()));
        }

        Assert.Equal(Enumerable.Range(0, read.Count).Select(i => (long)(read.Count - i)), read);
    }

    [Fact]
    public async Task The_description_names_every_address()
    {
        await using var bench = await DeskBench.StartAsync();
        var document = await (await bench.ServiceAsync()).GetFromJsonAsync<JsonElement>("/api/v1/openapi.json");
        Assert.Equal(["/api/v1/audit", "/api/v1/feedback/{key}", "/api/v1/models", "/api/v1/scores", "/api/v1/studies/{uid}", "/api/v1/work", "/api/v1/worklist"], document.GetProperty("paths").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_open_page_is_told_when_the_record_has_grown()
    {
        await using var bench = await DeskBench.StartAsync(1);
        var browser = await bench.SignedInAsync(AccountRoles.Coordinator);
        using var stream = new StreamReader(await browser.GetStreamAsync("/live"));
        Assert.Equal("retry: 3000", await stream.ReadLineAsync());
        await DeskBench.PostAsync(browser, "/pipeline", "/pipeline?handler=Stop", ("why", "x"));
        string? line;
        var before = await AuditQuery.LastAsync(bench.Database, default);
        do
        {
            line = await stream.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        while (line != $"data: {before}");
    }
}
