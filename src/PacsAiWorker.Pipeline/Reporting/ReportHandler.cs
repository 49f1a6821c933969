using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Native.Processes;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Reporting;

/// <summary>Writes the report of one result and hands it to Delivery; and, where a PACS takes no other, in another SOP class or without heat maps.</summary>
public sealed class ReportHandler(ReportStore store, SpoolFiles spool, ReportingSite site, ILogger<ReportHandler> log) : IWorkHandler
{
    public string Kind => WorkKinds.Report;

    public int Slots => 2;

    public async Task<WorkVerdict> HandleAsync(WorkRow work, CancellationToken cancellation)
    {
        var sopClass = ReportStore.ClassOf(work) ?? ReportBuilder.SopClass;
        var source = await store.ReadAsync(work.Subject, cancellation, sopClass);
        var withoutMaps = ReportStore.IsWithoutMaps(work);
        if (source.Result.WithdrawnAt is not null)
        {
            return new WorkVerdict.Done((_, _) => Task.FromResult<IReadOnlyList<AuditEvent>>([]));
        }

        // What takes a result back goes out though its package is suspended.
        if (source.Model.SuspendedAt is not null && source.Result.Withdraws is null)
        {
            return SuspendedReports.Held(source.Model);
        }

        DataSet header;
        var image = source.Instances.FirstOrDefault(i => i.PurgedAt is null);
        if (image is null && source is { Result.Withdraws: not null, Predecessor: { } earlier })
        {
            // A note may come when the images are long gone: the report that it takes back says whose they were.
            header = DataSetReader.Read(Part10.DataSetOf(earlier.Content).Span, TransferSyntax.ExplicitVrLittleEndian).DataSet;
        }
        else if (image is null)
        {
            return new WorkVerdict.Park("purged", $"the bytes of all its images left the spool, the last on {source.Instances.Max(i => i.PurgedAt):yyyy-MM-dd}, by retention or erasure: send an image again and run `work retry`, or `work discard`");
        }

        else
        {
            try
            {
                using var file = Part10File.Open(spool.Find(image.File) ?? throw new FileNotFoundException("the segment is gone"));
                header = file.DataSet;
            }
            catch (Exception error) when (error is IOException or DicomFormatException)
            {
                return new WorkVerdict.Park("lost", $"the spool no longer holds a readable image of this study ({error.GetType().Name}): restore the spool folder from its disk, or send the image again, and run `work retry`");
            }
        }

        var report = ReportBuilder.Build(source, header, site, sopClass, withoutMaps);
        PipelineLog.ReportWritten(log, report.Id, source.Study.Id);
        KillPoint.At(KillPoints.ReportBuilt);
        return new WorkVerdict.Done(async (transaction, token) =>
        {
            if (!await ReportStore.IsOfSamePatientAsync(transaction, source, token))
            {
                throw new WorkSupersededException("the patient was reconciled, or an image went out of use, meanwhile");
            }

            return await store.WriteAsync(transaction, report, site.Destinations, source.Study.Tier, token)
                ? [new AuditEvent("report", $"report:{report.Id}", source.Study.Id, new { model = source.Result.ModelId, source.Result.Revision, report.SopInstanceUid, report.Sha256 })]
                : [];
        }, KillPoints.ReportCommitted, source.Study.StudyInstanceUid);
    }
}
