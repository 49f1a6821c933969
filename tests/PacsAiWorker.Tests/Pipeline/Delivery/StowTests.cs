using System.Net;
using System.Text;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Web;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Tests.Pipeline.Reporting;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>Reports by STOW-RS, to a server in this process that answers what the test says.</summary>
public sealed class StowTests : IDisposable
{
    private readonly ScriptedWeb _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_report_goes_out_as_one_part_with_the_bytes_that_were_written_and_the_token_of_the_file()
    {
        var token = Path.GetTempFileName();
        await File.WriteAllTextAsync(token, "secret-1\n");
        await using var bench = await DeliveryBench.StartAsync(To(_server) with { TokenFile = token });
        var report = await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        var request = Assert.Single(_server.Requests);
        Assert.Equal(("/dicom-web/studies", "Bearer secret-1", "application/dicom+json"), (request.Path, request.Authorization, request.Accept));
        Assert.StartsWith("multipart/related; type=\"application/dicom\"; boundary=", request.ContentType, StringComparison.Ordinal);
        Assert.Equal(report.Content, Assert.Single(request.Parts()));
        var delivery = await bench.DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, 0, "0000H HTTP 200"), (delivery.State, delivery.Status, delivery.Detail));
        File.Delete(token);
    }

    [Fact]
    public async Task A_server_that_has_what_it_stored_is_the_proof_where_the_destination_is_asked_by_a_query()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server) with { VerifyByQuery = true });
        var report = await bench.QueueAsync();
        _server.Answer = r => (200, r.Query.Length == 0 ? "" : Found(report.SopInstanceUid));
        Assert.IsType<WorkVerdict.Done>(await bench.SettleAsync());
        Assert.Equal(("/dicom-web/instances", $"?SOPInstanceUID={report.SopInstanceUid}&limit=2"), (_server.Requests.Last().Path, _server.Requests.Last().Query));
        var delivery = await bench.DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, CommitmentStates.Found, bench.Clock.Now.UtcDateTime), (delivery.State, delivery.Commitment, delivery.CommittedAt));
        Assert.Equal("1 of 1 found by query (QIDO-RS)", Assert.Single(await bench.QuestionsAsync()).Detail);
        Assert.Equal(["delivery stored", "commitment committed"], await bench.AuditAsync());
    }

    [Fact]
    public async Task A_server_that_indexes_late_is_asked_again_and_what_it_never_has_is_stored_again_three_times()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server) with { VerifyByQuery = true });
        var report = await bench.QueueAsync();
        // Another instance, as a server gives that ignores what it was asked for; nothing; no answer of such a server's kind is refused below.
        _server.Answer = r => r.Query.Length == 0 ? (200, "") : (200, Found("1.2.3"));
        Assert.Equal("not found yet", Assert.IsType<WorkVerdict.Postpone>(await LookAsync(bench)).Reason);
        bench.Clock.Now += TimeSpan.FromHours(1);
        _server.Answer = r => r.Query.Length == 0 ? (200, "") : (204, "");
        await bench.DueAsync();
        Assert.Equal("not found yet", Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Commit)).Reason);
        Assert.Equal(CommitmentStates.Asked, (await bench.DeliveryAsync()).Commitment);
        WorkVerdict? last = null;
        for (var round = 0; round < 4; round++)
        {
            bench.Clock.Now += TimeSpan.FromHours(24);
            await bench.DueAsync();
            last = await bench.SettleAsync();
        }

        Assert.Equal("not kept", Assert.IsType<WorkVerdict.Park>(last).Reason);
        Assert.Equal(4, _server.Requests.Count(r => r.Query.Length == 0));
        Assert.All(_server.Requests.Where(r => r.Query.Length == 0), r => Assert.Equal(report.Content, Assert.Single(r.Parts())));
    }

    [Theory]
    [InlineData(403, "", typeof(WorkVerdict.Park))]
    [InlineData(200, "<html>", typeof(WorkVerdict.Park))]
    [InlineData(503, "", typeof(WorkVerdict.Retry))]
    public async Task A_server_that_does_not_answer_a_query_proves_nothing(int status, string body, Type verdict)
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server) with { VerifyByQuery = true });
        await bench.QueueAsync();
        _server.Answer = r => r.Query.Length == 0 ? (200, "") : (status, body);
        Assert.IsType(verdict, await LookAsync(bench));
        Assert.Null((await bench.DeliveryAsync()).CommittedAt);
    }

    private static async Task<WorkVerdict?> LookAsync(DeliveryBench bench)
    {
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        return await bench.RunAsync(bench.Commit);
    }

    /// <summary>An answer of QIDO-RS that names one instance.</summary>
    private static string Found(string uid) => $$$"""[{"00080018":{"vr":"UI","Value":["{{{uid}}}"]}}]""";

    [Fact]
    public async Task What_a_report_names_goes_before_it_in_the_same_request()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        var report = await bench.QueueAsync(change: DeliverHandlerTests.WithCompanions);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        var parts = Assert.Single(_server.Requests).Parts();
        Assert.Equal([.. report.Companions.OrderBy(c => c.Position).Select(c => c.Content), report.Content], parts);
    }

    [Theory]
    [InlineData(409, 0xA900, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(409, 0x0124, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(409, 0xA700, typeof(WorkVerdict.Retry), DeliveryStates.Pending)]
    [InlineData(409, 0x0110, typeof(WorkVerdict.Retry), DeliveryStates.Pending)]
    [InlineData(409, 0x0111, typeof(WorkVerdict.Done), DeliveryStates.Stored)]
    [InlineData(202, 0xC000, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(409, null, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(401, null, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(404, null, typeof(WorkVerdict.Park), DeliveryStates.Refused)]
    [InlineData(503, null, typeof(WorkVerdict.Retry), DeliveryStates.Pending)]
    [InlineData(429, null, typeof(WorkVerdict.Retry), DeliveryStates.Pending)]
    public async Task Each_answer_has_one_meaning(int http, int? reason, Type verdict, string state)
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        var report = await bench.QueueAsync();
        _server.Answer = _ => (http, reason is null ? "" : Failure(report, (ushort)reason));
        Assert.IsType(verdict, await bench.RunAsync(bench.Deliver));
        Assert.Equal(state, (await bench.DeliveryAsync()).State);
        Assert.Contains($"HTTP {http}", (await bench.DeliveryAsync()).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_refuses_a_SOP_class_gets_the_report_in_the_next()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        var first = await bench.QueueAsync();
        var other = ReportBuilder.Build(ReportVariants.Scored(0.9), ReportVariants.Image(), ReportVariants.Site, SopClasses.ComprehensiveSr);
        _server.Answer = request => request.Parts()[0].SequenceEqual(first.Content) ? (409, Failure(first, 0x0122)) : (200, "");
        Assert.Equal("other SOP class", Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver)).Reason);
        await bench.Database.WriteAsync(t => new ReportStore(bench.Database, bench.Table).WriteAsync(t, other, ["pacs"], 2, default), default);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal((DeliveryStates.Stored, other.Id), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).ReportId));
    }

    [Fact]
    public async Task A_page_that_is_answered_with_200_is_no_yes()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        await bench.QueueAsync();
        _server.Answer = _ => (200, "<html>Sign on</html>");
        Assert.Contains("sign-on", Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Deliver)).Detail, StringComparison.Ordinal);
        Assert.Equal(DeliveryStates.Pending, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public async Task A_server_that_refuses_the_SOP_class_of_heat_maps_gets_the_report_that_names_none_and_is_not_asked_in_other_classes()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        var report = await bench.QueueAsync(change: DeliverHandlerTests.WithCompanions);
        _server.Answer = request => request.Parts().Count > 1 ? (409, Failure(report, 0x0122).Replace(report.SopInstanceUid, "2.25.10", StringComparison.Ordinal)) : (200, "");
        Assert.Contains("without heat maps", Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver)).Detail, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
        var plain = ReportBuilder.Build(ReportVariants.Scored(0.9), ReportVariants.Image(), ReportVariants.Site, withoutMaps: true);
        await bench.Database.WriteAsync(t => new ReportStore(bench.Database, bench.Table).WriteAsync(t, plain, ["pacs"], 2, default), default);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal((DeliveryStates.Stored, plain.Id), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).ReportId));
    }

    [Fact]
    public void An_object_that_is_there_already_does_not_hide_one_that_failed()
    {
        SentInstance[] sent = [new("1.2.1", "2.25.1"), new("1.2.2", "2.25.2")];
        var answer = new StowResponse([], [new("1.2.1", "2.25.1", 0x0111), new("1.2.2", "2.25.2", 0xC000)]);
        Assert.Equal(0xC000, StowDecider.StatusOf(HttpStatusCode.Conflict, answer, sent).Status);
    }

    [Fact]
    public void No_proxy_of_the_environment_stands_between() => Assert.False(StowSender.HandlerOf(To(_server)).UseProxy);

    [Theory]
    [InlineData(null, "", true)]
    [InlineData("text/html", "", true)]
    [InlineData("application/dicom+json", "{}", true)]
    [InlineData("application/dicom+json", "[]", true)]
    [InlineData("Application/JSON", """{"00081190":{"vr":"UR"}}""", true)]
    [InlineData("application/json", """{"error":"sign on"}""", false)]
    [InlineData("application/dicom+json", "<html>", false)]
    [InlineData("application/dicom+xml", "<?xml version=\"1.0\"?><NativeDicomModel xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\"/>", true)]
    [InlineData("text/xml", "<html/>", false)]
    [InlineData("text/xml", "<NativeDicomModel>", false)]
    [InlineData("text/html", "<html/>", false)]
    [InlineData(null, "<html/>", false)]
    public void A_body_is_an_answer_of_such_a_server_or_it_is_none(string? mediaType, string body, bool isOne) => Assert.Equal(isOne, StowResponse.IsOne(mediaType, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public async Task A_server_that_does_not_answer_is_left_alone_for_a_while()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server));
        await bench.QueueAsync();
        _server.Dispose();
        Assert.Equal("pacs unreachable", Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Deliver)).Reason);
        Assert.NotNull(bench.Connections.RestOf("pacs"));
    }

    [Fact]
    public async Task A_demonstration_result_for_another_machine_is_withheld()
    {
        await using var bench = await DeliveryBench.StartAsync(To(_server) with { Url = "https://192.0.2.1/dicom-web" });
        await bench.QueueAsync(demonstration: true);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(DeliveryStates.Withheld, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public void What_the_server_says_of_each_instance_wins_over_its_status()
    {
        SentInstance[] sent = [new("1.2.1", "2.25.1"), new("1.2.2", "2.25.2")];
        StowResponse Stored(params string[] uids) => new([.. uids.Select(u => new CommitmentItem("1.2.1", u))], []);
        Assert.True(StowDecider.StatusOf(HttpStatusCode.OK, Stored("2.25.1", "2.25.2"), sent).IsSuccess);
        Assert.Equal(DimseStatus.ProcessingFailure, StowDecider.StatusOf(HttpStatusCode.OK, Stored("2.25.1"), sent).Status);
        Assert.Equal(DimseStatus.ProcessingFailure, StowDecider.StatusOf(HttpStatusCode.Accepted, null, sent).Status);
        Assert.Equal(DimseStatus.ProcessingFailure, StowDecider.StatusOf(HttpStatusCode.NoContent, null, sent).Status);
        Assert.True(StowDecider.StatusOf(HttpStatusCode.OK, new StowResponse([], [new("1.2.1", "2.25.99", 0xC000)]), sent).IsSuccess);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("3")]
    public void An_answer_that_is_none_says_nothing(string body) => Assert.Null(StowResponse.Read(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void An_answer_with_holes_is_read_as_far_as_it_goes()
    {
        var read = StowResponse.Read("""{"00081198":{"vr":"SQ","Value":[{"00081155":{"Value":["2.25.1"]},"00081197":{"Value":["x"]}}, 7]},"00081199":{"vr":"SQ"}}"""u8.ToArray())!;
        Assert.Equal([new CommitmentItem("", "2.25.1")], read.Failed);
        Assert.Empty(read.Stored);
    }

    private static DestinationOptions To(ScriptedWeb server) => new() { Name = "pacs", Url = $"http://127.0.0.1:{server.Port}/dicom-web/" };

    private static string Failure(ReportRow report, ushort reason) =>
        $$$"""{"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["{{{report.SopClassUid}}}"]},"00081155":{"vr":"UI","Value":["{{{report.SopInstanceUid}}}"]},"00081197":{"vr":"US","Value":[{{{reason}}}]}}]}}""";
}
