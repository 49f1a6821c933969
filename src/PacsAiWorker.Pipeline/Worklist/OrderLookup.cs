using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What the modality worklist has about an order.</summary>
/// <param name="Priority">STAT, HIGH, MEDIUM, ROUTINE or LOW; empty where it does not know.</param>
/// <param name="BirthDate">Of the order's patient, YYYYMMDD; null where it does not say, or entries differ.</param>
/// <param name="Age">VR AS; as <paramref name="BirthDate"/>.</param>
public sealed record OrderAnswer(string Priority, string? BirthDate, string? Age)
{
    public static readonly OrderAnswer Nothing = new("", null, null);
}

/// <summary>
/// Asks the modality worklist what priority an order has, and how old its patient is (C-FIND, PS3.4 annex K). That list is read and never changed; an order is often
/// gone from it by now. A list that cannot be asked is left alone for a moment.
/// </summary>
public sealed class OrderLookup(MwlOptions options, string callingAe, TimeProvider clock, ILogger<OrderLookup> log)
{
    private const int MostMatches = 20;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeftAlone = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    /// <summary>What was answered for an order and when, by its accession number and patient; in memory alone.</summary>
    private readonly ConcurrentDictionary<string, (DateTime At, OrderAnswer Answer)> _asked = new();
    private DateTime _awayUntil;

    private static ClientOptions Client { get; } = new() { Connect = Patience, Associate = Patience, Response = Patience, Send = Patience, Release = TimeSpan.FromSeconds(1) };

    /// <summary>STAT, HIGH, MEDIUM, ROUTINE or LOW; empty where the list does not know, or there is nothing to ask; null while it cannot be asked.</summary>
    public async Task<string?> PriorityAsync(string accession, string patientId, CancellationToken cancellation) => (await AskAsync(accession, patientId, cancellation))?.Priority;

    /// <summary>What the list has about an order; nothing where it does not know it, or there is nothing to ask; null while it cannot be asked.</summary>
    public async Task<OrderAnswer?> AskAsync(string accession, string patientId, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (options.Host.Length == 0 || accession.Length == 0 || IsPattern(accession))
        {
            return OrderAnswer.Nothing;
        }

        var key = $"{accession}\n{patientId}";
        if (_asked.TryGetValue(key, out var asked) && now - asked.At < Remembered)
        {
            return asked.Answer;
        }

        if (now < _awayUntil)
        {
            return null;
        }

        if (_asked.Count > MostRemembered)
        {
            _asked.Clear();
        }

        try
        {
            // Blocking sockets: a thread of the pool is enough for so few.
            var matches = await Task.Run(() => Ask(accession), cancellation);
            var (birthDate, age) = Age(matches, accession, patientId);
            var answer = new OrderAnswer(Priority(matches, accession, patientId), birthDate, age);
            _asked[key] = (now, answer);
            return answer;
        }
        catch (Exception error) when (error is AssociationException or SocketException or IOException or TimeoutException)
        {
            _awayUntil = now + LeftAlone;
            PipelineLog.WorklistNotAsked(log, error.Message);
            return null;
        }
    }

    /// <summary>Pure: the most urgent priority among the entries of this order; entries that name another patient do not count.</summary>
    public static string Priority(IReadOnlyList<DataSet> matches, string accession, string patientId) => matches
        .Where(m => m.GetString(Tags.AccessionNumber)?.Trim() == accession && (patientId.Length == 0 || m.GetString(Tags.PatientID)?.Trim() is null or "" || m.GetString(Tags.PatientID)!.Trim() == patientId))
        .Select(m => m.GetString(Tags.RequestedProcedurePriority)?.Trim().ToUpperInvariant() ?? "").Where(PriorityDecider.IsWord)
        .OrderBy(PriorityDecider.RankOf).FirstOrDefault("");

    /// <summary>Pure: birth date and age of the order's patient, where entries of this order and of this very patient id say it, and all that do say the same.</summary>
    public static (string? BirthDate, string? Age) Age(IReadOnlyList<DataSet> matches, string accession, string patientId)
    {
        var mine = matches.Where(m => patientId.Length > 0 && m.GetString(Tags.AccessionNumber)?.Trim() == accession && m.GetString(Tags.PatientID)?.Trim() == patientId).ToList();
        string? Only(DicomTag tag) => mine.Select(m => m.GetString(tag)?.Trim() ?? "").Where(v => v.Length > 0).Distinct().ToList() is [var value] ? value : null;
        return mine.Select(m => m.GetString(Tags.PatientBirthDate)?.Trim() ?? "").Where(v => v.Length > 0).Distinct().Count() > 1 ? (null, null) : (Only(Tags.PatientBirthDate), Only(Tags.PatientAge));
    }

    private IReadOnlyList<DataSet> Ask(string accession)
    {
        string[] syntaxes = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];
        using var client = DicomClient.Connect(new PeerAddress(options.AeTitle, options.Host, options.Port), callingAe, [new ProposedContext(SopClasses.ModalityWorklistFind, syntaxes)], Client);
        var result = client.Find(SopClasses.ModalityWorklistFind, new DataSet()
            .Set(Tags.AccessionNumber, accession).Set(Tags.PatientID).Set(Tags.PatientBirthDate).Set(Tags.PatientAge).Set(Tags.StudyInstanceUID).Set(Tags.RequestedProcedureID).Set(Tags.RequestedProcedurePriority)
            .SetItems(Tags.ScheduledProcedureStepSequence, new DataSet().Set(Tags.Modality).Set(Tags.ScheduledProcedureStepID)), MostMatches);
        client.Release();
        return result.Matches;
    }

    /// <summary>A number with wildcards or several values would match other orders.</summary>
    private static bool IsPattern(string accession) => accession.IndexOfAny(['*', '?', '\\']) >= 0;
}
