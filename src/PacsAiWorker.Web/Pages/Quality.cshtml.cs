using System.Globalization;
using CsvHelper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Statistics.Confusion;
using PacsAiWorker.Statistics.Control;
using PacsAiWorker.Statistics.Drift;
using PacsAiWorker.Statistics.Intervals;
using PacsAiWorker.Statistics.Paired;
using PacsAiWorker.Statistics.Resampling;
using PacsAiWorker.Statistics.Roc;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>How far the scores of one sender have moved.</summary>
/// <param name="Index">Population stability index; null where there are too few studies to say.</param>
public sealed record Moved(string ModelId, string Version, string CallingAe, int Then, int Now, double? Index, KolmogorovSmirnov? Test)
{
    public static Moved Of(ScoreWindow w) => new(w.ModelId, w.Version, w.CallingAe, w.Reference.Count, w.Now.Count, PopulationStability.Index(w.Reference, w.Now), KolmogorovSmirnov.Compare(w.Reference, w.Now));

    /// <summary>In a word or two.</summary>
    public string Says => Index switch { null => "too few studies to say", > PopulationStability.Alarm => "has moved: look why", > PopulationStability.Watch => "moves: keep an eye on it", _ => "no movement that matters" };
}

/// <summary>Two packages on the same studies.</summary>
/// <param name="Flags">Studies that only the first, and only the second flagged.</param>
/// <param name="Known">Studies whose final diagnosis is known, of those that both assessed.</param>
/// <param name="Right">Of these, which only the first and only the second had right.</param>
/// <param name="Areas">Null where a side has fewer than two cases.</param>
public sealed record Beside(PackagePair Pair, McNemar Flags, Proportion Known, McNemar Right, PairedAuc? Areas)
{
    public static Beside Of(PackagePair pair)
    {
        var known = pair.Studies.Where(s => s.IsPositive is not null).ToList();
        var (positives, negatives) = (known.Where(s => s.IsPositive == true).ToList(), known.Where(s => s.IsPositive == false).ToList());
        return new Beside(pair, McNemar.Of(pair.Studies.Select(s => (s.FirstFlags, s.SecondFlags))), new Proportion(known.Count, pair.Studies.Count),
            McNemar.Of(known.Select(s => (s.FirstFlags == s.IsPositive, s.SecondFlags == s.IsPositive))),
            positives.Count < 2 || negatives.Count < 2 ? null : DeLong.Compare(
                ([.. positives.Select(s => s.First)], [.. negatives.Select(s => s.First)]), ([.. positives.Select(s => s.Second)], [.. negatives.Select(s => s.Second)])));
    }

    public int BothFlag => Pair.Studies.Count(s => s.FirstFlags && s.SecondFlags);
}

/// <summary>What quality staff ask: how much, how often flagged, what was left out and why, how readers agree, how fast.</summary>
[Authorize(Policy = Rights.Review)]
public sealed class QualityModel(RecordsDatabase database, ReaderStore readers, DeskTime time) : PeriodPage(database, time)
{
    private const int Days = 30;

    /// <summary>Three years: a chart of more days says nothing.</summary>
    private const int LongestDays = 1096;
    private static readonly DateOnly Earliest = new(2000, 1, 1);

    /// <summary>First and last day of the reference; by default as many days as are shown, just before them.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? ThenFrom { get; set; }

    /// <inheritdoc cref="ThenFrom"/>
    [BindProperty(SupportsGet = true)]
    public DateOnly? ThenTo { get; set; }

    public QualityFigures Figures { get; private set; } = null!;

    /// <summary>Scores of now against those of the reference, what has moved most first.</summary>
    public IReadOnlyList<Moved> Drift { get; private set; } = [];

    /// <summary>Packages that answer the same question, on the same studies: what is in use beside what is on trial.</summary>
    public IReadOnlyList<Beside> Pairs { get; private set; } = [];

    /// <summary>Drawn by chance from the studies that were not flagged; null while nobody asked.</summary>
    public IReadOnlyList<string>? Sample { get; private set; }

    public int Seed { get; private set; }

    public async Task OnGetAsync(int? sample, int? seed, CancellationToken cancellation)
    {
        var today = DateOnly.FromDateTime(Time.Local(Time.Now));
        To = To is { } to && to <= today && to > Earliest ? to : today;
        From = From is { } from && from <= To && from >= To.Value.AddDays(-LongestDays) && from > Earliest ? from : To.Value.AddDays(1 - Days);
        Figures = await QualityQuery.RunAsync(Database, Filter, cancellation);
        ThenTo = ThenTo is { } thenTo && thenTo < From && thenTo > Earliest ? thenTo : From.Value.AddDays(-1);
        ThenFrom = ThenFrom is { } thenFrom && thenFrom <= ThenTo && thenFrom > Earliest ? thenFrom : ThenTo.Value.AddDays(From.Value.DayNumber - To.Value.DayNumber);
        var windows = await QualityQuery.ScoresAsync(Database, Filter with { From = Time.StartOf(ThenFrom.Value), To = Time.EndOf(ThenTo.Value) }, Filter, cancellation);
        Drift = [.. windows.Select(Moved.Of).OrderByDescending(m => m.Index ?? -1)];
        Pairs = [.. (await PairQuery.RunAsync(Database, Filter, cancellation)).Select(Beside.Of)];
        await FillFacetsAsync(cancellation);
        if (sample is > 0 and <= 500)
        {
            Seed = seed ?? Random.Shared.Next(1, 1_000_000);
            Sample = await QualityQuery.SampleNotFlaggedAsync(Database, Filter, sample.Value, Seed, cancellation);
        }
    }

    /// <summary>The figures by package and day, as CSV.</summary>
    public async Task<IActionResult> OnGetCsvAsync(CancellationToken cancellation)
    {
        await OnGetAsync(null, null, cancellation);
        var lines = Figures.Models.SelectMany(m => DaysOf(m).Select(d => string.Create(CultureInfo.InvariantCulture, $"{Csv.Field(m.ModelId)},{Csv.Field(m.Version)},{m.Identity},{d.Day:yyyy-MM-dd},{d.Share.Denominator},{d.Share.Numerator}")));
        return File(Csv.File("model,version,identity,day,assessed,flagged", lines), "text/csv", $"quality-{From:yyyy-MM-dd}-{To:yyyy-MM-dd}.csv");
    }

    /// <summary>Shares flagged by day of the site.</summary>
    public IReadOnlyList<(DateOnly Day, Proportion Share)> DaysOf(ModelQuality model)
    {
        var days = model.Hours.GroupBy(h => DateOnly.FromDateTime(Time.Local(h.Hour))).ToDictionary(g => g.Key, g => new Proportion(g.Sum(h => h.Flagged), g.Sum(h => h.Assessed)));
        return [.. Enumerable.Range(0, To!.Value.DayNumber - From!.Value.DayNumber + 1).Select(i => From.Value.AddDays(i)).Select(d => (d, days.GetValueOrDefault(d)))];
    }

    public ProportionChart ChartOf(ModelQuality model) => ProportionChart.Of([.. DaysOf(model).Select(d => d.Share)]);

    /// <summary>Readers' answers against the flags of one package.</summary>
    public IEnumerable<(string Model, string Version, BinaryCounts Counts)> Agreement => Figures.Answers.GroupBy(a => (a.ModelId, a.Version)).OrderBy(g => g.Key)
        .Select(g => (g.Key.ModelId, g.Key.Version, g.Aggregate(new BinaryCounts(), (c, a) => c.With(a.SaysPositive, a.IsFlagged))));

    /// <summary>Flags and scores of each package against final diagnoses; the area only where both sides have two cases.</summary>
    public IEnumerable<(string Model, string Version, BinaryCounts Counts, AucEstimate? Auc, Proportion Coverage)> Against => Figures.Diagnosed.GroupBy(d => (d.ModelId, d.Version)).OrderBy(g => g.Key).Select(g =>
    {
        double[] positives = [.. g.Where(d => d.IsPositive).Select(d => d.Probability).OfType<double>()], negatives = [.. g.Where(d => !d.IsPositive).Select(d => d.Probability).OfType<double>()];
        var assessed = Figures.Models.Where(m => (m.ModelId, m.Version) == g.Key).Sum(m => m.Assessed);
        var known = g.Where(d => d.Probability is not null).ToList();
        return (g.Key.ModelId, g.Key.Version, known.Aggregate(new BinaryCounts(), (c, d) => c.With(d.IsPositive, d.IsFlagged)),
            positives.Length > 1 && negatives.Length > 1 ? DeLong.Estimate(positives, negatives) : null, new Proportion(known.Count, assessed));
    });

    /// <summary>Final diagnoses from a file with the columns study (Study Instance UID or accession number), model, label.</summary>
    public async Task<IActionResult> OnPostDiagnosesAsync(IFormFile? file, CancellationToken cancellation)
    {
        if (file is null or { Length: 0 })
        {
            return Wrong("Choose a file with the columns study, model, label.");
        }

        using var reader = new StreamReader(file.OpenReadStream());
        List<FinalDiagnosis> diagnoses;
        try
        {
            diagnoses = Read(await reader.ReadToEndAsync(cancellation));
        }
        catch (Exception error) when (error is CsvFormatException or FormatException)
        {
            return Wrong($"Nothing was taken from the file: {error.Message}");
        }

        var (kept, problems) = await readers.DiagnoseAsync(diagnoses, "csv", Actor, Time.Now, cancellation);
        return problems.Count == 0 ? Said($"{kept} final diagnoses are new, of {diagnoses.Count} lines.")
            : Wrong($"{kept} of {diagnoses.Count} final diagnoses were kept. {problems.Count} were not: {string.Join("; ", problems.Take(5))}{(problems.Count > 5 ? "; …" : "")}");
    }

    private static List<FinalDiagnosis> Read(string text)
    {
        using var csv = CsvReader.FromText(text, new CsvReaderOptions { TrackLineNumbers = true, TrimWhitespace = true });
        csv.ReadHeader();
        var headers = csv.Headers.Select(h => h.Trim().ToLowerInvariant()).ToList();
        var (study, model, label) = (headers.IndexOf("study"), headers.IndexOf("model"), headers.IndexOf("label"));
        if (study < 0 || model < 0 || label < 0)
        {
            throw new FormatException($"its columns are {string.Join(", ", headers)}; it needs study (Study Instance UID or accession number), model and label");
        }

        var rows = new List<FinalDiagnosis>();
        while (csv.Read())
        {
            if (csv.FieldCount != headers.Count)
            {
                throw new FormatException($"line {csv.LineNumber} has {csv.FieldCount} fields, the header {headers.Count}");
            }

            rows.Add(new FinalDiagnosis((int)csv.LineNumber, csv.GetString(study), csv.GetString(model), csv.GetString(label)));
        }

        return rows;
    }

    public IEnumerable<Answered> Discordant => Figures.Answers.Where(a => a.SaysPositive != a.IsFlagged);

    public string FlagTime(double share) => Figures.FlagSeconds.Count == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Percentiles.Of(Figures.FlagSeconds, share):0.0} s");

    private QualityFilter Filter => new(Begin!.Value, End!.Value, Known(Model), Known(Site), Known(Ae));
}
