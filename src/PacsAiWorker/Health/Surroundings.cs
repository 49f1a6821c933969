using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Stores;
using RabbitMQ.Client;

namespace PacsAiWorker.Health;

/// <summary>What stands around the worker: broker, disk, certificates. For <c>doctor</c>, and for the facts that a worker writes down of itself.</summary>
internal static class Surroundings
{
    /// <summary>Warned of so long before a certificate runs out.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(30);

    public static async Task<Finding> BrokerAsync(WorkerOptions options, CancellationToken cancellation)
    {
        if (!options.Messaging.IsRabbitMq)
        {
            return new Finding("broker", true, "none needed: wake-ups travel inside the process");
        }

        try
        {
            var factory = new ConnectionFactory { Uri = new Uri(options.Messaging.Uri), RequestedConnectionTimeout = TimeSpan.FromSeconds(5) };
            await using var connection = await factory.CreateConnectionAsync(cancellation);
            return new Finding("broker (RabbitMQ)", true, $"answers as {factory.UserName} on {factory.HostName}:{factory.Port}");
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            return new Finding("broker (RabbitMQ)", false, $"{error.GetBaseException().Message} (Messaging:Uri); receiving goes on without it, work is found by polling");
        }
    }

    public static Finding Disk(WorkerOptions options)
    {
        Directory.CreateDirectory(options.DataDirectory);
        var problem = DiskGuard.Look(options.DataDirectory, options.Spool.Watermark);
        return new Finding("disk", problem is null, problem ?? $"room in {options.DataDirectory}");
    }

    /// <summary>The day on which the spool's disk is full.</summary>
    /// <param name="segments">What is in the spool, and what keeps it there.</param>
    public static async Task<Finding> ForecastAsync(RecordsDatabase database, WorkerOptions options, IReadOnlyList<SegmentLook> segments, DateTime now, CancellationToken cancellation)
    {
        var rate = await DiskRate.PerDayAsync(segments, new RetentionStore(database), now, cancellation);
        return Forecast(DiskGuard.Room(options.SpoolDirectory, options.Spool.Watermark), rate, segments, options.Spool.Retention.Days, now);
    }

    private static Finding Forecast(long room, long rate, IReadOnlyList<SegmentLook> segments, int keepDays, DateTime now)
    {
        var days = DiskForecast.DaysUntilMark(room, rate, keepDays, DiskForecast.Goes(segments, keepDays, now));
        var facts = $"{Commands.SpoolWords.Size(Math.Max(0, room))} may still come, {Commands.SpoolWords.Size(rate)} come a day";
        return new Finding("disk forecast", days is null or > DiskForecast.Warning, days switch
        {
            null => $"the mark is not reached within {DiskForecast.Horizon} days: {facts}",
            0 => $"the mark is reached: carts are refused until there is room (Spool:Watermark)",
            { } n => $"the mark is reached in about {n} days, on {now.AddDays(n):yyyy-MM-dd}: {facts}{(n > DiskForecast.Warning ? "" : "; then carts are refused: give the disk room, keep fewer days (Spool:Retention:Days), or end what keeps old segments")}",
        });
    }

    public static IReadOnlyList<Finding> Certificates(WorkerOptions options, DateTime now)
    {
        List<(string What, TlsFiles Files)> sides = [.. options.Dicom.Destinations.Where(d => d.Tls.Enabled).Select(d => ($"certificate for {d.Name}", DicomTls.Client(d).Tls!.Files))];
        if (DicomTls.Server(options.Dicom.Tls, "our port") is { } server)
        {
            sides.Insert(0, ("certificate of our port", server.Files));
        }

        return [.. sides.Select(s => Certificate(s.What, s.Files, now))];
    }

    private static Finding Certificate(string what, TlsFiles files, DateTime now)
    {
        try
        {
            return files.ExpiresUtc is not { } end ? new Finding(what, true, "none: we show no certificate")
                : end < now ? new Finding(what, false, $"ran out on {end:yyyy-MM-dd}: renew it; the new files are read without a restart")
                : new Finding(what, end - now > Renewal, $"valid until {end:yyyy-MM-dd}{(end - now > Renewal ? "" : ": renew it now")}");
        }
        catch (TlsFileException error)
        {
            return new Finding(what, false, error.Message);
        }
    }
}
