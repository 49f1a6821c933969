using System.Net;
using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Reporting;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Schema;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Tests.Dicom.Upper;
using PacsAiWorker.Tests.Pipeline.Reporting;
using PacsAiWorker.Tests.Records;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

/// <summary>One report on its way to a scripted PACS on loopback.</summary>
public sealed class DeliverHandlerTests : IAsyncLifetime
{
    private readonly ScriptedPacs _pacs = new();
    private readonly KeptLog<DeliverHandler> _log = new();
    private RecordsDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = new RecordsDatabase(await SqliteFile.NewAsync());
        await new SchemaMigrator(_database).MigrateAsync(default);
    }

    public Task DisposeAsync()
    {
        _pacs.Dispose();
        _database.Dispose();
        return SqliteFile.RemoveAsync(_database);
    }

    [Fact]
    public async Task A_report_that_is_taken_is_stored_with_the_status_of_the_PACS_and_sent_as_it_was_written()
    {
        var (handler, work) = await QueueAsync(_pacs.Port);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        var delivery = await DeliveryAsync();
        Assert.Equal((DeliveryStates.Stored, 0, 1), (delivery.State, delivery.Status, delivery.Attempts));
        await using var context = _database.Open();
        Assert.Equal(PacsAiWorker.Dicom.Files.Part10.DataSetOf((await context.Reports.SingleAsync()).Content).ToArray(), _pacs.Received);
    }

    [Fact]
    public async Task A_busy_PACS_is_asked_again_and_its_answer_is_kept()
    {
        _pacs.Answer = 0xA700;
        var (handler, work) = await QueueAsync(_pacs.Port);
        await ApplyAsync(Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Effect!);
        Assert.Equal((DeliveryStates.Pending, 0xA700), ((await DeliveryAsync()).State, (await DeliveryAsync()).Status));
    }

    [Fact]
    public async Task A_PACS_that_refuses_for_good_needs_a_person()
    {
        _pacs.Answer = 0xA900;
        var (handler, work) = await QueueAsync(_pacs.Port);
        await ApplyAsync(Assert.IsType<WorkVerdict.Park>(await handler.HandleAsync(work, default)).Effect!);
        Assert.Equal(DeliveryStates.Refused, (await DeliveryAsync()).State);
    }

    [Fact]
    public async Task A_PACS_that_does_not_answer_is_left_alone_for_a_while_and_no_attempt_is_charged()
    {
        var port = _pacs.Port;
        _pacs.Dispose();
        var (handler, work) = await QueueAsync(port);
        Assert.Equal("pacs unreachable", Assert.IsType<WorkVerdict.Retry>(await handler.HandleAsync(work, default)).Reason);
        Assert.IsType<WorkVerdict.Postpone>(await handler.HandleAsync(work, default));
    }

    [Fact]
    public async Task A_demonstration_result_for_another_machine_is_withheld_without_a_connection()
    {
        var (handler, work) = await QueueAsync(_pacs.Port, host: "192.0.2.1", demonstration: true);
        await ApplyAsync(Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default)).Effect);
        Assert.Equal(DeliveryStates.Withheld, (await DeliveryAsync()).State);
    }

    /// <summary>Each delivery read the files anew, so that nothing older was there to stay in use.</summary>
    [Fact]
    public async Task A_broken_renewal_leaves_the_files_that_worked_in_use_towards_a_PACS_and_is_logged_once()
    {
        using var certificates = new TestCertificates();
        using var pacs = new ScriptedPacs(new TlsServerOptions(certificates.Make("pacs").Files("pacs")) { RequireClientCertificate = false });
        var ca = certificates.PathOf("copy.pem");
        File.Copy(certificates.Ca, ca);
        var (handler, work) = await QueueAsync(pacs.Port, tls: new DestinationTlsOptions { Enabled = true, CaPath = ca });
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));

        await File.WriteAllTextAsync(ca, "half a certi");
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.Contains("pacs", Assert.Single(_log.Of(1010)), StringComparison.Ordinal);
        Assert.Empty(_log.Of(1011));

        File.Copy(certificates.Ca, ca, overwrite: true);
        Assert.IsType<WorkVerdict.Done>(await handler.HandleAsync(work, default));
        Assert.Single(_log.Of(1011));
    }

    private async Task<(DeliverHandler Handler, WorkRow Work)> QueueAsync(int port, string host = "127.0.0.1", bool demonstration = false, DestinationTlsOptions? tls = null)
    {
        var source = ReportVariants.Scored(0.9);
        source.Result.IsDemonstration = demonstration;
        var report = ReportBuilder.Build(source, ReportVariants.Image(), ReportVariants.Site);
        var delivery = new DeliveryRow { Id = Guid.NewGuid(), ReportId = report.Id, Destination = "pacs", State = DeliveryStates.Pending };
        await _database.WriteAsync(async t =>
        {
            t.Context.Results.Add(source.Result);
            t.Context.Reports.Add(report);
            t.Context.Deliveries.Add(delivery);
            await t.Context.SaveChangesAsync();
        }, default);
        var destinations = new Destinations("PACSAI", [new DestinationOptions { Name = "pacs", AeTitle = "PACS", Host = host, Port = port, Tls = tls ?? new() }]);
        var work = new WorkRow { Kind = WorkKinds.Deliver, DedupeKey = "", Subject = delivery.Id, State = WorkStates.Leased, Attempts = 1 };
        return (new DeliverHandler(destinations, new DeliveryStore(_database), TimeProvider.System, _log), work);
    }

    private async Task ApplyAsync(WorkEffect effect) => await _database.WriteAsync(t => effect(t, default), default);

    private async Task<DeliveryRow> DeliveryAsync()
    {
        await using var context = _database.Open();
        return await context.Deliveries.SingleAsync();
    }

    /// <summary>Takes everything and answers what the test says.</summary>
    private sealed class ScriptedPacs : IAssociationHandler, IStoreSink, IDisposable
    {
        private readonly DicomListener _listener;
        private readonly List<byte> _received = [];

        public ScriptedPacs(TlsServerOptions? tls = null)
        {
            _listener = new DicomListener(new ListenerOptions(IPAddress.Loopback, 0) { Tls = tls }, this);
            _listener.Start();
            Port = _listener.Port;
        }

        public int Port { get; }

        public ushort Answer { get; set; }

        public byte[] Received => [.. _received];

        public IStoreService Store => new ImmediateStore(Begin);

        public AssociationDecision Decide(AssociationRequest request, IPAddress remote) => new AssociationDecision.Accept([.. request.Contexts.Select(c => c.Accept(c.TransferSyntaxes[0]))]);

        public StoreStart Begin(StoreContext context) => StoreStart.Into(this);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> slices) => _received.AddRange(slices.SelectMany(s => s.ToArray()));

        public DimseResponse Complete() => new(Answer, null);

        public void Abandon(string reason)
        {
        }

        public void Ended(AssociationRequest request, AssociationEnd end)
        {
        }

        public void Dispose() => _listener.Dispose();
    }
}
