using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Pipeline.Worklist.Hl7;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Tests.Dicom.Upper;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

/// <summary>Messages in, rows and answers out.</summary>
public sealed class InboundTests : IAsyncLifetime
{
    private readonly StudyRow _study = Rows.Study();
    private RecordsDatabase _database = null!;
    private Hl7Listener _listener = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
        _listener = Listener(new Hl7ListenOptions { Enabled = true });
        var image = Rows.Instance(_study, 1);
        image.IdentityDigest = Identities.Digest(_study.StudyInstanceUid, ["PID-1", "HOSP", "19800101", "F", "ACC1"]);
        await _database.WriteAsync(async t =>
        {
            t.Context.Studies.Add(_study);
            t.Context.Instances.Add(image);
            t.Context.Identities.Add(new PatientIdentityRow { StudyId = _study.Id, PatientId = "PID-1", PatientName = "Roe^Jane", BirthDate = "19800101", Sex = "F", AccessionNumber = "ACC1" });
            t.Context.Models.Add(Rows.Model());
            t.Context.Results.Add(Rows.Result(_study, Rows.Model(), [Rows.Score(image.Id, 0.9)], 1));
            await t.Context.SaveChangesAsync();
        }, default);
    }

    public Task DisposeAsync()
    {
        _listener.Dispose();
        _database.Dispose();
        return SqliteFile.RemoveAsync(_database);
    }

    private Hl7Listener Listener(Hl7ListenOptions options) => new(options, new NoticeReceivers([], TimeZoneInfo.Utc, "PACSAI"),
        new InboundDesk(_database, new InboundStore(new WorkTable(_database)), new StudyTimes(TimeSpan.FromSeconds(60), TimeSpan.FromHours(1)), TimeProvider.System), TimeProvider.System, new KeptLog<Hl7Listener>());

    private async Task<string> TellAsync(string body, string time = "20260101120000")
    {
        var answer = await _listener.AnswerAsync(Encoding.UTF8.GetBytes($"MSH|^~\\&|RIS|HOSP|PACSAI||{time}||" + body), IPAddress.Loopback, default);
        return Hl7Message.Parse(answer).Find("MSA")!.Text(1);
    }

    private async Task<(string? Id, string? Name, string? Birth, string? Sex)> PatientAsync()
    {
        await using var context = _database.Open();
        var row = await context.Reconciled.AsNoTracking().SingleOrDefaultAsync();
        return (row?.PatientId, row?.PatientName, row?.BirthDate, row?.Sex);
    }

    private async Task<StudyRow> StudyAsync()
    {
        await using var context = _database.Open();
        return await context.Studies.AsNoTracking().SingleAsync();
    }

    private async Task<List<string>> ActionsAsync()
    {
        await using var context = _database.Open();
        return await context.Audit.AsNoTracking().OrderBy(a => a.Seq).Select(a => a.Action).ToListAsync();
    }

    [Fact]
    public async Task An_update_of_the_patient_is_kept_and_the_study_decided_again_so_that_its_report_is_issued_again()
    {
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP^MR||Doe^Jane^M^III^Dr.||19810203|F"));
        Assert.Equal(("PID-1", "Doe^Jane^M^Dr.^III", "19810203", "F"), await PatientAsync());
        Assert.Equal((StudyStates.Open, 2), ((await StudyAsync()).State, (await StudyAsync()).Revision));
        await using var context = _database.Open();
        Assert.Equal($"{_study.Id}/r2", (await context.Work.SingleAsync()).DedupeKey);
        var entry = await context.Audit.SingleAsync();
        Assert.Equal("identity reconciled", entry.Action);
        Assert.DoesNotContain("Doe", entry.Detail, StringComparison.Ordinal);
        Assert.Null(await PacsAiWorker.Records.Audit.AuditChain.FirstBrokenAsync(_database, default));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("19800101", false)]
    public async Task A_birth_date_that_was_not_known_sends_images_that_lacked_the_age_through_again(string known, bool again)
    {
        await _database.WriteAsync(async t =>
        {
            await t.Context.Identities.ExecuteUpdateAsync(s => s.SetProperty(i => i.BirthDate, known));
            await t.Context.Instances.ExecuteUpdateAsync(s => s.SetProperty(i => i.Outcome, Outcomes.NotScored).SetProperty(i => i.OutcomeReason, "age unknown"));
        }, default);
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP^MR||Doe^Jane||19800101|F"));
        await using var context = _database.Open();
        Assert.Equal(again, (await context.Instances.SingleAsync()).Outcome is null);
        Assert.Equal(again ? 1 : 0, await context.Work.CountAsync(w => w.Kind == WorkKinds.Score));
        Assert.Equal(2, (await StudyAsync()).Revision);
    }

    [Fact]
    public async Task An_update_that_changes_nothing_but_the_writing_reissues_nothing()
    {
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP^MR||ROE^JANE||19800101|F|||Other Street 5"));
        Assert.Equal((StudyStates.Complete, 1), ((await StudyAsync()).State, (await StudyAsync()).Revision));
        Assert.Empty(await ActionsAsync());
    }

    [Fact]
    public async Task An_update_of_somebody_else_touches_nobody()
    {
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-2^^^HOSP^MR||Doe^Jane"));
        Assert.Equal("AA", await TellAsync("ADT^A08|2|P|2.5\rPID|1||PID-1^^^ELSEWHERE^MR||Doe^Jane"));
        Assert.Null((await PatientAsync()).Name);
        Assert.Equal(1, (await StudyAsync()).Revision);
    }

    [Fact]
    public async Task A_merge_maps_the_identifier_that_was_given_up_and_later_updates_find_the_new_one()
    {
        Assert.Equal("AA", await TellAsync("ADT^A40^ADT_A39|1|P|2.5\rPID|1||PID-9^^^HOSP^MR||Roe^Jane\rMRG|PID-1^^^HOSP^MR"));
        Assert.Equal("PID-9", (await PatientAsync()).Id);
        Assert.Equal("AA", await TellAsync("ADT^A08|2|P|2.5\rPID|1||PID-1^^^HOSP^MR||Wrong^Person", "20260101130000"));
        Assert.Equal("Roe^Jane", (await PatientAsync()).Name);
        Assert.Equal("AA", await TellAsync("ADT^A08|3|P|2.5\rPID|1||PID-9^^^HOSP^MR||Roe-Doe^Jane", "20260101140000"));
        Assert.Equal("Roe-Doe^Jane", (await PatientAsync()).Name);
        Assert.Equal("AA", await TellAsync("ADT^A08|4|P|2.5\rPID|1||PID-9^^^HOSP^MR||Older^Name", "20260101133000"));
        Assert.Equal("Roe-Doe^Jane", (await PatientAsync()).Name);
    }

    [Theory]
    [InlineData("PID-1||Doe^Jane", false)]
    [InlineData("PID-1||Doe^Jane||19990101", false)]
    [InlineData("PID-1||Doe^Jane||19800101", true)]
    [InlineData("PID-1||Roe^Jane", null)]
    public async Task Where_no_issuer_says_that_it_is_the_same_patient_the_birth_date_has_to(string pid, bool? isTaken)
    {
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||" + pid));
        Assert.Equal(isTaken == true ? "Doe^Jane" : null, (await PatientAsync()).Name);
        Assert.Equal(isTaken is { } taken ? [taken ? "identity reconciled" : "identity not reconciled"] : [], await ActionsAsync());
    }

    [Fact]
    public async Task Images_without_an_issuer_need_the_birth_date_though_the_message_names_one()
    {
        await _database.WriteAsync(async t => (await t.Context.Instances.SingleAsync()).IdentityDigest = Identities.Digest(_study.StudyInstanceUid, ["PID-1", "", "19800101", "F", "ACC1"]), default);
        await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^ELSEWHERE^MR||Wrong^Person||19700101");
        Assert.Null((await PatientAsync()).Name);
        await TellAsync("ADT^A08|2|P|2.5\rPID|1||PID-1^^^HOSP^MR||Doe^Jane||19800101", "20260101130000");
        Assert.Equal("Doe^Jane", (await PatientAsync()).Name);
    }

    [Theory]
    [InlineData("N-1^^^NATION^NI~PID-9^^^HOSP^PI~X-1^^^LAB^MR", "PID-1^^^HOSP", "AA", "PID-9")]
    [InlineData("N-1^^^NATION^NI~PID-9^^^OTHER^MR", "PID-1^^^HOSP", "AA", "PID-9")]
    [InlineData("N-1^^^NATION^NI~PID-9^^^OTHER^PI", "PID-1^^^HOSP", "AE", null)]
    [InlineData("PID-8^^^HOSP^MR~PID-9^^^HOSP^MR", "PID-1^^^HOSP", "AE", null)]
    [InlineData("PID-8^^^HOSP^PI~PID-9^^^HOSP^MR", "PID-1^^^HOSP", "AA", "PID-9")]
    [InlineData("PID-9", "PID-1^^^HOSP", "AA", "PID-9")]
    public async Task A_merge_takes_the_identifier_of_the_same_issuer_or_the_only_record_number_and_else_is_refused(string ids, string givenUp, string code, string? taken)
    {
        Assert.Equal(code, await TellAsync($"ADT^A40^ADT_A39|1|P|2.5\rPID|1||{ids}||Roe^Jane\rMRG|{givenUp}"));
        Assert.Equal(taken, (await PatientAsync()).Id);
        Assert.Equal(taken is null ? 1 : 2, (await StudyAsync()).Revision);
    }

    [Fact]
    public async Task A_prefix_or_a_middle_name_that_was_missing_makes_nobody_another_person()
    {
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP^MR||Roe^Jane^M^^Dr."));
        Assert.Equal(1, (await StudyAsync()).Revision);
        Assert.Equal("AA", await TellAsync("ADT^A08|2|P|2.5\rPID|1||PID-1^^^HOSP^MR||Roe^Joan^M"));
        Assert.Equal(2, (await StudyAsync()).Revision);
    }

    [Theory]
    [InlineData("ADT^A08|1|P|2.5\rPID|1||", "PID-1~", "")]
    [InlineData("ADT^A40|1|P|2.5\rPID|1||PID-9\rMRG|", "PID-1~", "")]
    [InlineData("ADT^A40|1|P|2.5\rPID|1||PID-9", "\rMRG|PID-1", "")]
    [InlineData("ORM^O01|1|P|2.5", "\rORC|NW|O|ACC1", "")]
    [InlineData("ORM^O01|1|P|2.5", "\rOBR|1|O|ACC1", "")]
    public async Task A_message_with_more_identifiers_or_orders_than_anybody_has_is_refused(string start, string again, string end)
    {
        Assert.Equal("AE", await TellAsync(start + string.Concat(Enumerable.Repeat(again, 65)) + end));
        Assert.Empty(await ActionsAsync());
    }

    [Fact]
    public async Task A_report_under_the_identifier_that_was_given_up_is_withheld_and_that_is_written_down()
    {
        await _database.WriteAsync(async t =>
        {
            var result = await t.Context.Results.SingleAsync();
            t.Context.Reports.Add(new ReportRow { Id = result.Id, ResultId = result.Id, SopClassUid = "1.2", SopInstanceUid = "1.2.3", SeriesInstanceUid = "1.2.4", Content = [], Sha256 = "" });
            t.Context.Deliveries.Add(new DeliveryRow { Id = Guid.NewGuid(), ReportId = result.Id, Destination = "pacs", State = DeliveryStates.Pending });
        }, default);
        Assert.Equal("AA", await TellAsync("ADT^A40^ADT_A39|1|P|2.5\rPID|1||PID-9^^^HOSP^MR||Roe^Jane\rMRG|PID-1^^^HOSP^MR"));
        Assert.Equal(["identity reconciled", "delivery withheld"], await ActionsAsync());
        await using var context = _database.Open();
        Assert.Equal(DeliveryStates.Withheld, (await context.Deliveries.SingleAsync()).State);
        Assert.DoesNotContain(await context.Audit.Select(a => a.Detail).ToListAsync(), d => d.Contains("PID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_nobody_took_yet_is_written_anew_under_the_reconciled_identity()
    {
        await _database.WriteAsync(async t => t.Context.Notices.Add(new PriorityNoticeRow { Id = Guid.NewGuid(), StudyId = _study.Id, Priority = Priorities.High, State = NoticeStates.Pending, Message = [1], ControlId = "P1", CreatedAt = Rows.Time, ChangedAt = Rows.Time }), default);
        await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP^MR||Doe^Jane");
        await using var context = _database.Open();
        Assert.Null((await context.Notices.SingleAsync()).Message);
    }

    [Theory]
    [InlineData("ORM^O01|1|P|2.5\rPID|1||PID-1\rORC|NW|ORD1|ACC1||SC||^^^^^S\rOBR|1|ORD1|ACC1", "STAT", "SC")]
    [InlineData("ORM^O01|1|P|2.5\rORC|XO|ORD1|X||IP\rOBR|1|ORD1|X||R|||||||||||||ACC1", "ROUTINE", "IP")]
    [InlineData("OMI^O23|1|P|2.5.1\rPID|1||PID-1\rORC|NW|ORD1\rTQ1|1||||||||A^ASAP^HL70485\rOBR|1|ORD1|F1\rIPC|ACC1|RP1|1.2.3|S1", "HIGH", "")]
    [InlineData("ORM^O01|1|P|2.5\rORC|CA|ORD1|ACC1\rOBR|1|ORD1|ACC1||||||||||||||||||||||||^^^^^T", "MEDIUM", "CA")]
    public async Task An_order_tells_its_priority_and_its_status(string body, string priority, string status)
    {
        Assert.Equal("AA", await TellAsync(body));
        await using var context = _database.Open();
        var order = await context.Orders.SingleAsync();
        Assert.Equal((OrderContextRow.DigestOf("ACC1"), priority, status), (order.AccessionDigest, order.Priority, order.Status));
        Assert.Equal(new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc), order.PriorityAt);
        Assert.Equal(body[..7], order.PrioritySource);
    }

    [Fact]
    public async Task A_final_report_says_that_the_study_is_read_and_a_preliminary_one_does_not()
    {
        Assert.Equal("AA", await TellAsync("ORU^R01|1|P|2.5\rPID|1||PID-1\rOBR|1|ORD1|ACC1||||||||||||||||||||||P"));
        await using (var context = _database.Open())
        {
            Assert.Empty(await context.Orders.ToListAsync());
        }

        Assert.Equal("AA", await TellAsync("ORU^R01|2|P|2.5\rPID|1||PID-1\rOBR|1|ORD1|ACC1||||||||||||||||||||||F"));
        await using var after = _database.Open();
        Assert.Equal((ReadStates.Read, "ORU^R01"), ((await after.Orders.SingleAsync()).ReadState, (await after.Orders.SingleAsync()).ReadSource));
    }

    [Fact]
    public async Task An_order_that_names_another_patient_than_its_images_changes_nothing_and_is_written_down()
    {
        Assert.Equal("AA", await TellAsync("ORM^O01|1|P|2.5\rPID|1||PID-7\rORC|NW|ORD1|ACC1||||^^^^^R"));
        await using var context = _database.Open();
        Assert.Empty(await context.Orders.ToListAsync());
        Assert.Equal(["order of another patient"], await ActionsAsync());
    }

    [Fact]
    public async Task An_older_message_never_takes_a_newer_word_back()
    {
        await TellAsync("ORM^O01|1|P|2.5\rORC|NW|ORD1|ACC1||IP||^^^^^S", "20260101120000");
        await TellAsync("ORM^O01|2|P|2.5\rORC|NW|ORD1|ACC1||SC||^^^^^R", "20260101110000");
        await using var context = _database.Open();
        Assert.Equal(("STAT", "IP"), ((await context.Orders.SingleAsync()).Priority, (await context.Orders.SingleAsync()).Status));
    }

    [Theory]
    [InlineData("", "AE")]
    [InlineData("ADT^A08||P|2.5\rPID|1||1", "AE")]
    [InlineData("ADT^A08|1|T|2.5\rPID|1||1", "AR")]
    [InlineData("ADT^A01|1|P|2.5\rPID|1||1", "AR")]
    [InlineData("QRY^A19|1|P|2.5", "AR")]
    [InlineData("ADT^A08|1|P|2.5", "AE")]
    [InlineData("ADT^A08|1|P|2.5\rPID|1||||Doe^Jane", "AE")]
    [InlineData("ADT^A40|1|P|2.5\rPID|1||PID-9", "AE")]
    [InlineData("ADT^A40|1|P|2.5\rPID|1||PID-9\rMRG|", "AE")]
    [InlineData("ADT^A40|1|P|2.5\rMRG|PID-1\rPID|1||PID-9", "AE")]
    [InlineData("ORM^O01|1|P|2.5\rPID|1||PID-1", "AE")]
    [InlineData("ORM^O01|1|P|2.5\rORC|NW|ORD1", "AE")]
    [InlineData("ADT^A40|1|P|2.5\rPID|1||PID-9\rMRG|PID-1\rjunk", "AE")]
    public async Task What_is_hostile_malformed_or_not_for_us_is_refused_and_changes_nothing(string body, string code)
    {
        Assert.Equal(code, await TellAsync(body));
        Assert.Empty(await ActionsAsync());
        Assert.Null((await PatientAsync()).Id);
        Assert.Equal(1, (await StudyAsync()).Revision);
    }

    [Fact]
    public async Task Of_a_message_with_a_good_and_a_bad_order_neither_is_kept()
    {
        Assert.Equal("AE", await TellAsync("ORM^O01|1|P|2.5\rORC|NW|ORD1|ACC1||||^^^^^S\rOBR|1|ORD1|ACC1\rORC|NW|ORD2\rOBR|2|ORD2"));
        await using var context = _database.Open();
        Assert.Empty(await context.Orders.ToListAsync());
    }

    [Fact]
    public async Task While_the_database_is_away_the_sender_keeps_its_message()
    {
        _database.Hold("away");
        Assert.Equal("AE", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP||Doe^Jane"));
        _database.Release();
        Assert.Equal("AA", await TellAsync("ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP||Doe^Jane"));
        Assert.Equal("Doe^Jane", (await PatientAsync()).Name);
    }

    [Fact]
    public async Task An_application_that_may_not_send_from_its_address_is_refused()
    {
        using var listener = Listener(new Hl7ListenOptions { Enabled = true, Senders = [new Hl7SenderOptions { Address = "127.0.0.1", Application = "ADT" }] });
        var answer = await listener.AnswerAsync(Encoding.UTF8.GetBytes("MSH|^~\\&|RIS||||||ADT^A08|1|P|2.5\rPID|1||PID-1^^^HOSP||Doe^Jane"), IPAddress.Loopback, default);
        Assert.Equal("AR", Hl7Message.Parse(answer).Find("MSA")!.Text(1));
    }

    [Fact]
    public async Task On_the_wire_each_message_is_answered_under_its_own_control_id_and_what_is_not_framed_ends_the_connection()
    {
        using var listener = Listener(new Hl7ListenOptions { Enabled = true, Port = 0 });
        await listener.StartAsync(default);
        await Until(() => listener.Port > 0);
        var peer = new MllpPeer("127.0.0.1", listener.Port, null, TimeSpan.FromSeconds(20));
        var message = Encoding.UTF8.GetBytes("MSH|^~\\&|RIS||||20260101120000||ADT^A08|C77|P|2.5\rPID|1||PID-1^^^HOSP||Doe^Jane");
        Assert.Equal(AcknowledgementCode.Accept, (await MllpClient.SendAsync(peer, message, "C77", TimeProvider.System, default)).Code);

        using var raw = new System.Net.Sockets.TcpClient();
        await raw.ConnectAsync("127.0.0.1", listener.Port);
        await raw.GetStream().WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray());
        try
        {
            Assert.Equal(0, await raw.GetStream().ReadAsync(new byte[1]));
        }
        catch (IOException)
        {
            // Reset instead of closed: ended all the same.
        }

        await listener.StopAsync(default);
    }

    [Fact]
    public async Task Over_TLS_a_sender_shows_a_certificate_of_a_CA_that_is_trusted_or_is_not_heard()
    {
        using var certificates = new TestCertificates();
        certificates.Make("worker").Make("ris");
        using var listener = Listener(new Hl7ListenOptions
        {
            Enabled = true,
            Port = 0,
            Tls = new TlsOptions { Enabled = true, CertificatePath = certificates.PathOf("worker.pem"), KeyPath = certificates.PathOf("worker.key"), ClientCaPath = certificates.Ca },
        });
        await listener.StartAsync(default);
        await Until(() => listener.Port > 0);
        var message = Encoding.UTF8.GetBytes("MSH|^~\\&|RIS||||20260101120000||ADT^A08|C77|P|2.5\rPID|1||PID-1^^^HOSP||Doe^Jane");
        Task<Acknowledgement> SendAsync(TlsFiles? files) => MllpClient.SendAsync(
            new MllpPeer("127.0.0.1", listener.Port, files is null ? null : new TlsClientOptions(files), TimeSpan.FromSeconds(20)), message, "C77", TimeProvider.System, default);

        Assert.True(await Record.ExceptionAsync(() => SendAsync(certificates.Trusting())) is IOException or MllpException);
        Assert.True(await Record.ExceptionAsync(() => SendAsync(null)) is IOException or MllpException);
        Assert.Null((await PatientAsync()).Name);
        Assert.Equal(AcknowledgementCode.Accept, (await SendAsync(certificates.Files("ris"))).Code);
        Assert.Equal("Doe^Jane", (await PatientAsync()).Name);
        await listener.StopAsync(default);
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 500 && !holds(); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(holds());
    }
}
