using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Tests.Dicom.Upper;
using PacsAiWorker.Tests.Pipeline.Reporting;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>One report on its way to a scripted PACS on loopback.</summary>
public sealed class DeliverHandlerTests : IDisposable
{
    private readonly ScriptedPacs _pacs = new();

    public void Dispose() => _pacs.Dispose();

    [Fact]
    public async Task A_report_that_is_taken_is_stored_with_the_status_of_the_PACS_and_sent_as_it_was_written()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var report = await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        var delivery = await bench.DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, 0, 1, CommitmentStates.NotAsked), (delivery.State, delivery.Status, delivery.Attempts, delivery.Commitment));
        Assert.Equal(Part10.DataSetOf(report.Content).ToArray(), Assert.Single(_pacs.Stored).Bytes);
    }

    [Fact]
    public async Task A_busy_PACS_is_asked_again_and_its_answer_is_kept()
    {
        _pacs.Answer = 0xA700;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Deliver));
        Assert.Equal((DeliveryStates.Pending, 0xA700), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Status));
        Assert.NotNull(bench.Connections.RestOf("pacs"));
    }

    [Fact]
    public async Task After_an_archive_changed_the_identity_further_reports_of_the_study_wait_until_a_person_confirms_and_then_it_may()
    {
        _pacs.Answer = 0xB000;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal((DeliveryStates.Stored, 0xB000), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Status));
        Assert.Contains("archive changed the identity", await bench.AuditAsync());

        await bench.QueueAsync(revision: 2);
        var wait = Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(("held", 1), (wait.Reason, _pacs.Stored.Count));
        Assert.Contains("pacs changed the identity (B000)", wait.Detail, StringComparison.Ordinal);

        await bench.Database.WriteAsync(t => new IdentityStore(bench.Database, bench.Table).ReleaseAsync(t, Rows.Study().Id, _ => true, HoldEnds.Confirmed, bench.Clock.Now.UtcDateTime, default), default);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        await bench.QueueAsync(revision: 3);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(3, _pacs.Stored.Count);
    }

    [Theory]
    [InlineData(0xB006)]
    [InlineData(0xB007)]
    public async Task What_a_PACS_says_of_the_shape_of_a_report_holds_nothing(int status)
    {
        _pacs.Answer = (ushort)status;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        await bench.RunAsync(bench.Deliver);
        await bench.QueueAsync(revision: 2);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(2, _pacs.Stored.Count);
    }

    [Fact]
    public async Task A_PACS_that_refuses_for_good_needs_a_person()
    {
        _pacs.Answer = 0xA900;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(DeliveryStates.Refused, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public async Task A_PACS_that_does_not_answer_is_left_alone_for_a_while_and_no_attempt_is_charged()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        _pacs.Dispose();
        await bench.QueueAsync();
        Assert.Equal("pacs unreachable", Assert.IsType<WorkVerdict.Retry>(await bench.RunAsync(bench.Deliver)).Reason);
        Assert.Equal(["pacs"], bench.Deliver.Lanes.Closed(new Dictionary<string, int>()));
        await bench.DueAsync();
        Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver));

        bench.Clock.Now += TimeSpan.FromSeconds(10);
        Assert.Empty(bench.Deliver.Lanes.Closed(new Dictionary<string, int>()));
        Assert.Equal(["pacs"], bench.Deliver.Lanes.Closed(new Dictionary<string, int> { ["pacs"] = 1 }));
    }

    [Fact]
    public async Task A_PACS_that_drops_the_association_before_its_answer_gets_the_same_bytes_again()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var report = await bench.QueueAsync();
        var dropped = await RawPeer.Against(
            peer =>
            {
                peer.ReceiveRequest();
                peer.Send(new Abort(AbortCodes.ServiceUser, AbortCodes.NotSpecified).Write());
            },
            address =>
            {
                var there = bench.At(DeliveryBench.To(address.Port));
                return there.RunAsync(there.Deliver).GetAwaiter().GetResult();
            });
        Assert.Equal("pacs unreachable", Assert.IsType<WorkVerdict.Retry>(dropped).Reason);
        Assert.Equal(DeliveryStates.Pending, (await bench.DeliveryAsync()).State);

        await bench.DueAsync();
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(Part10.DataSetOf(report.Content).ToArray(), Assert.Single(_pacs.Stored).Bytes);
        Assert.Equal((DeliveryStates.Stored, 2), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Attempts));
    }

    [Fact]
    public async Task A_demonstration_result_for_another_machine_is_withheld_without_a_connection()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port) with { Host = "192.0.2.1" });
        await bench.QueueAsync(demonstration: true);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(DeliveryStates.Withheld, (await bench.DeliveryAsync()).State);
    }

    [Fact]
    public async Task Each_SOP_class_is_proposed_in_both_syntaxes_and_a_PACS_that_takes_Implicit_VR_only_gets_the_same_content_in_it()
    {
        _pacs.Accepts = (_, syntax) => syntax == TransferSyntax.ImplicitVrLittleEndian.Uid;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var report = await bench.QueueAsync();
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        var stored = Assert.Single(_pacs.Stored);
        Assert.Equal((TransferSyntax.ImplicitVrLittleEndian.Uid, SopClasses.Comprehensive3DSr), (stored.Syntax, stored.SopClass));
        var back = DataSetWriter.Encode(DataSetReader.Read(stored.Bytes, TransferSyntax.ImplicitVrLittleEndian).DataSet, TransferSyntax.ExplicitVrLittleEndian);
        Assert.Equal(Part10.DataSetOf(report.Content).ToArray(), back);
    }

    [Theory]
    [InlineData(SopClasses.ComprehensiveSr)]
    [InlineData(SopClasses.EnhancedSr)]
    public async Task A_PACS_that_takes_another_SOP_class_gets_the_report_in_it_once_it_is_written(string sopClass)
    {
        _pacs.Accepts = (abstractSyntax, _) => abstractSyntax == sopClass;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var first = await bench.QueueAsync();
        Assert.Equal("other SOP class", Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver)).Reason);
        Assert.Empty(_pacs.Stored);

        var work = await bench.WorkAsync(WorkKinds.Report);
        Assert.Equal((first.ResultId, sopClass), (work.Subject, ReportStore.ClassOf(work)));
        var other = ReportBuilder.Build(ReportVariants.Scored(0.9), ReportVariants.Image(), ReportVariants.Site, sopClass);
        await bench.Database.WriteAsync(t => new ReportStore(bench.Database, bench.Table).WriteAsync(t, other, ["pacs"], 2, default), default);

        // Written wakes the delivery, which is one and the same.
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        var delivery = await bench.DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, other.Id), (delivery.State, delivery.ReportId));
        var stored = Assert.Single(_pacs.Stored);
        Assert.Equal((sopClass, other.SopInstanceUid), (stored.SopClass, stored.SopInstance));
        Assert.NotEqual(first.SopInstanceUid, stored.SopInstance);
    }

    [Fact]
    public async Task A_delivery_whose_report_in_another_SOP_class_cannot_be_written_needs_a_person()
    {
        _pacs.Accepts = (abstractSyntax, _) => abstractSyntax == SopClasses.EnhancedSr;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        await bench.RunAsync(bench.Deliver);
        await bench.Database.WriteAsync(t => t.Context.Work.Where(w => w.Kind == WorkKinds.Report).ExecuteUpdateAsync(s => s.SetProperty(w => w.State, WorkStates.Parked)), default);
        await bench.DueAsync();
        var park = Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Deliver));
        Assert.Contains($"work retry {(await bench.WorkAsync(WorkKinds.Report)).Id}", park.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PACS_that_takes_no_SOP_class_of_reports_is_named_with_what_it_must_take()
    {
        _pacs.Accepts = (_, _) => false;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        var park = Assert.IsType<WorkVerdict.Park>(await bench.RunAsync(bench.Deliver));
        Assert.All(ReportClasses.All, c => Assert.Contains(SopClasses.Name(c), park.Detail, StringComparison.Ordinal));
        Assert.Equal((DeliveryStates.Refused, 0x0122), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).Status));
    }

    [Fact]
    public async Task Objects_that_a_report_names_are_stored_before_it_in_their_order()
    {
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var report = await bench.QueueAsync(change: WithCompanions);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal(["2.25.10", "2.25.11", report.SopInstanceUid], _pacs.Stored.Select(s => s.SopInstance));
        Assert.Equal(["2.25.10", "2.25.11", report.SopInstanceUid], (await bench.Commitment.ReadAsync((await bench.DeliveryAsync()).Id, default)).Instances.Select(i => i.SopInstanceUid));
    }

    [Theory]
    [InlineData(0xA700, typeof(WorkVerdict.Retry))]
    [InlineData(0xC000, typeof(WorkVerdict.Park))]
    public async Task A_report_does_not_go_out_and_counts_as_not_stored_while_one_of_its_objects_is_not(int status, Type verdict)
    {
        _pacs.OnStore = sopClass => sopClass == SopClasses.SecondaryCapture && _pacs.Stored.Count > 1 ? (ushort)status : (ushort)0;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync(change: WithCompanions);
        Assert.IsType(verdict, await bench.RunAsync(bench.Deliver));
        Assert.Equal(["2.25.10", "2.25.11"], _pacs.Stored.Select(s => s.SopInstance));
        Assert.NotEqual(DeliveryStates.Stored, (await bench.DeliveryAsync()).State);
        Assert.Contains("object 2 of 2", (await bench.DeliveryAsync()).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_PACS_without_the_SOP_class_of_heat_maps_gets_the_report_that_names_none(bool saysSoBefore)
    {
        _pacs.Accepts = (abstractSyntax, _) => !saysSoBefore || abstractSyntax != SopClasses.SecondaryCapture;
        _pacs.OnStore = sopClass => sopClass == SopClasses.SecondaryCapture ? (ushort)0x0122 : (ushort)0;
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        var first = await bench.QueueAsync(change: WithCompanions);
        Assert.Contains("without heat maps", Assert.IsType<WorkVerdict.Postpone>(await bench.RunAsync(bench.Deliver)).Detail, StringComparison.Ordinal);
        var work = await bench.WorkAsync(WorkKinds.Report);
        Assert.Equal((SopClasses.Comprehensive3DSr, true), (ReportStore.ClassOf(work), ReportStore.IsWithoutMaps(work)));

        var plain = ReportBuilder.Build(ReportVariants.Explained(), ReportVariants.Ordered(), ReportVariants.Site, withoutMaps: true);
        Assert.Empty(plain.Companions);
        plain.ResultId = first.ResultId;
        await bench.Database.WriteAsync(t => new ReportStore(bench.Database, bench.Table).WriteAsync(t, plain, ["pacs"], 2, default), default);
        Assert.IsType<WorkVerdict.Done>(await bench.RunAsync(bench.Deliver));
        Assert.Equal((DeliveryStates.Stored, plain.Id), ((await bench.DeliveryAsync()).State, (await bench.DeliveryAsync()).ReportId));
        Assert.Equal([plain.SopInstanceUid], _pacs.Stored.Where(s => s.SopClass != SopClasses.SecondaryCapture).Select(s => s.SopInstance));
    }

    [Fact]
    public async Task What_the_PACS_writes_beside_its_status_stays_with_the_delivery_and_out_of_the_audit()
    {
        (_pacs.Answer, _pacs.Comment) = (0xA900, "patient Roe^Jane is unknown");
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(_pacs.Port));
        await bench.QueueAsync();
        await bench.RunAsync(bench.Deliver);
        Assert.Contains("Roe^Jane", (await bench.DeliveryAsync()).Detail, StringComparison.Ordinal);
        await using var context = bench.Database.Open();
        var details = await context.Audit.Select(a => a.Detail).ToListAsync();
        Assert.Contains(details, d => d.Contains("A900H", StringComparison.Ordinal));
        Assert.DoesNotContain(details, d => d.Contains("Roe", StringComparison.Ordinal));
    }

    /// <summary>Each delivery read the files anew, so that nothing older was there to stay in use.</summary>
    [Fact]
    public async Task A_broken_renewal_leaves_the_files_that_worked_in_use_towards_a_PACS_and_is_logged_once()
    {
        using var certificates = new TestCertificates();
        using var pacs = new ScriptedPacs(new TlsServerOptions(certificates.Make("pacs").Files("pacs")) { RequireClientCertificate = false });
        var ca = certificates.PathOf("copy.pem");
        File.Copy(certificates.Ca, ca);
        await using var bench = await DeliveryBench.StartAsync(DeliveryBench.To(pacs.Port) with { Tls = new DestinationTlsOptions { Enabled = true, CaPath = ca } });
        await bench.QueueAsync();
        await using var context = bench.Database.Open();
        var work = await context.Work.AsNoTracking().SingleAsync(w => w.Kind == WorkKinds.Deliver);
        Assert.IsType<WorkVerdict.Done>(await bench.Deliver.HandleAsync(work, default));

        await File.WriteAllTextAsync(ca, "half a certi");
        Assert.IsType<WorkVerdict.Done>(await bench.Deliver.HandleAsync(work, default));
        Assert.IsType<WorkVerdict.Done>(await bench.Deliver.HandleAsync(work, default));
        Assert.Contains("pacs", Assert.Single(bench.Log.Of(1010)), StringComparison.Ordinal);
        Assert.Empty(bench.Log.Of(1011));

        File.Copy(certificates.Ca, ca, overwrite: true);
        Assert.IsType<WorkVerdict.Done>(await bench.Deliver.HandleAsync(work, default));
        Assert.Single(bench.Log.Of(1011));
    }

    /// <summary>Two objects, written in the wrong order.</summary>
    internal static void WithCompanions(ReportRow report) => report.Companions =
    [
        .. new[] { 1, 0 }.Select(i =>
        {
            var uid = $"2.25.{10 + i}";
            var set = new DataSet().Set(Tags.SOPClassUID, SopClasses.SecondaryCapture).Set(Tags.SOPInstanceUID, uid);
            return new ReportCompanionRow
            {
                Id = Guid.CreateVersion7(),
                ReportId = report.Id,
                Position = i,
                SopClassUid = SopClasses.SecondaryCapture,
                SopInstanceUid = uid,
                SeriesInstanceUid = "2.25.9",
                Content = Part10.ToBytes(new FileMeta(SopClasses.SecondaryCapture, uid, TransferSyntax.ExplicitVrLittleEndian.Uid), set),
                Sha256 = "",
            };
        }),
    ];
}
