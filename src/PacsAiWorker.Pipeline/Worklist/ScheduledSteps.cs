using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>What the modality worklist has for a day: ultrasound steps and nothing about patients (C-FIND, PS3.4 annex K).</summary>
public sealed class ScheduledSteps(MwlOptions options, string callingAe, TimeZoneInfo zone)
{
    /// <summary>More than any department does in a day; beyond it the list counts as cut off.</summary>
    internal const int Most = 2_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static ClientOptions Client { get; } = new() { Connect = Patience, Associate = Patience, Response = Patience, Send = Patience, Release = TimeSpan.FromSeconds(1) };

    /// <summary>The steps scheduled for the site's day.</summary>
    /// <returns>Whether that is all of them.</returns>
    /// <exception cref="AssociationException">The list refuses, or the association broke; like all of its connection's faults.</exception>
    public (IReadOnlyList<ExpectedStudyRow> Steps, bool IsWhole) Ask(DateTimeOffset now)
    {
        string[] syntaxes = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];
        var day = TimeZoneInfo.ConvertTime(now, zone).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        using var client = DicomClient.Connect(new PeerAddress(options.AeTitle, options.Host, options.Port), callingAe, [new ProposedContext(SopClasses.ModalityWorklistFind, syntaxes)], Client);
        var result = client.Find(SopClasses.ModalityWorklistFind, new DataSet()
            .Set(Tags.AccessionNumber).Set(Tags.StudyInstanceUID).Set(Tags.RequestedProcedureID)
            .SetItems(Tags.ScheduledProcedureStepSequence, new DataSet()
                .Set(Tags.Modality, "US").Set(Tags.ScheduledStationAETitle).Set(Tags.ScheduledProcedureStepStartDate, day).Set(Tags.ScheduledProcedureStepStartTime).Set(Tags.ScheduledProcedureStepID)), Most);
        client.Release();
        return (Rows(result.Matches, options.Stations, zone), result.Final.IsSuccess && result.Matches.Count < Most);
    }

    /// <summary>Pure: a row for each ultrasound step with a time, of the stations that send here.</summary>
    /// <param name="stations">AE titles; empty takes all.</param>
    /// <param name="zone">In which the list states its times.</param>
    public static IReadOnlyList<ExpectedStudyRow> Rows(IEnumerable<DataSet> matches, IReadOnlyList<string> stations, TimeZoneInfo zone) =>
    [
        .. matches.SelectMany(m => m.GetItems(Tags.ScheduledProcedureStepSequence).Select(step => Row(m, step, zone))).OfType<ExpectedStudyRow>()
            .Where(r => stations.Count == 0 || stations.Contains(r.StationAe)).DistinctBy(r => r.KeyDigest),
    ];

    private static ExpectedStudyRow? Row(DataSet match, DataSet step, TimeZoneInfo zone)
    {
        string Text(DataSet of, DicomTag tag) => of.GetString(tag)?.Trim() ?? "";
        var (study, accession) = (Text(match, Tags.StudyInstanceUID), Text(match, Tags.AccessionNumber));
        if (Text(step, Tags.Modality) is not ("" or "US") || study.Length + accession.Length == 0
            || Time(Text(step, Tags.ScheduledProcedureStepStartDate), Text(step, Tags.ScheduledProcedureStepStartTime), zone) is not { } at)
        {
            return null;
        }

        return new ExpectedStudyRow
        {
            KeyDigest = ExpectedStudyRow.KeyOf(study, accession, Text(step, Tags.ScheduledProcedureStepID)),
            AccessionDigest = accession.Length > 0 ? OrderContextRow.DigestOf(accession) : "",
            StudyInstanceUid = DicomUid.IsValid(study) ? study : "",
            StationAe = Text(step, Tags.ScheduledStationAETitle),
            ScheduledAt = at,
        };
    }

    /// <summary>UTC; null without a date that is one. A missing time counts as the end of the day: nobody is late before.</summary>
    private static DateTime? Time(string date, string time, TimeZoneInfo zone)
    {
        var clock = time.Split('.')[0];
        var text = date + (clock.Length is 2 or 4 or 6 ? clock.PadRight(6, '0') : "235959");
        if (!DateTime.TryParseExact(text, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < 2000 or > 9000)
        {
            return null;
        }

        // An hour that the change to summer time leaves out counts as the one after it.
        return TimeZoneInfo.ConvertTimeToUtc(zone.IsInvalidTime(local) ? local.AddHours(1) : local, zone);
    }
}
