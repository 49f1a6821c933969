using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;

namespace PacsAiWorker.EndToEnd.Kill;

/// <summary>
/// What must hold when the line has come to rest, however often it was killed. It sees what others see: rows, and the files of the PACS.
/// </summary>
/// <param name="line">With a running worker.</param>
/// <param name="images">Everything that was sent since the last judgement.</param>
/// <param name="acknowledged">SOP Instance UIDs that were answered 0000H.</param>
/// <param name="origin">Where an image was acknowledged, for the sentence about its loss.</param>
internal sealed class KillJudge(Installation line, IReadOnlyList<Phantom> images, IReadOnlyCollection<string> acknowledged, Func<string, string> origin)
{
    private readonly List<string> _violations = [];
    private readonly List<string> _studies = [.. images.Select(i => i.Study).Distinct()];

    private string Studies => string.Join(", ", _studies.Select(s => $"'{s}'"));

    public static async Task<long> RowsOfAsync(Installation line, IEnumerable<string> sops) =>
        await line.Rows.CountAsync($"instance WHERE sop_instance_uid IN ({string.Join(", ", sops.Select(s => $"'{s}'"))})");

    /// <param name="before">Kills, and what was acknowledged before them.</param>
    public async Task<KillOutcome> JudgeAsync(KillTally before)
    {
        if (acknowledged.Count == 0)
        {
            return new KillOutcome(before, ["no image was acknowledged: nothing was tried"]);
        }

        await RestAsync();
        var (lost, twice) = await JudgeImagesAsync();
        var (missing, beyond) = await JudgeReportsAsync();
        await JudgeWorkAsync();
        return new KillOutcome(before with { Sent = images.Count, Acknowledged = acknowledged.Count, Lost = lost, Twice = twice, Studies = _studies.Count, ReportsMissing = missing, ReportsTwice = beyond }, _violations);
    }

    /// <summary>What never comes to rest is told apart below.</summary>
    private async Task RestAsync()
    {
        try
        {
            await Until.HoldsAsync("every acknowledged image has its row", async () => await RowsOfAsync(line, acknowledged) >= acknowledged.Count);
            await line.WaitUntilIdleAsync();
        }
        catch (TimeoutException error)
        {
            _violations.Add(error.Message.Split('\n')[0]);
        }
    }

    private async Task<(int Lost, int Twice)> JudgeImagesAsync()
    {
        var rows = (await line.Rows.QueryAsync($"""
            SELECT i.id, i.sop_instance_uid AS sop, i.digest, i.is_current, i.outcome, (SELECT COUNT(*) FROM score c WHERE c.instance_id = i.id) AS scores
            FROM instance i JOIN study s ON s.id = i.study_id WHERE s.study_instance_uid IN ({Studies})
            """)).ToLookup(r => r.Text("sop"));
        var outcomes = (await line.Rows.QueryAsync($"""
            SELECT a.subject FROM audit_entry a JOIN study s ON s.id = a.study_id
            WHERE a.action IN ('scored', 'not scored') AND s.study_instance_uid IN ({Studies})
            """)).CountBy(r => r.Text("subject")).ToDictionary();
        var (lost, twice) = (0, 0);
        foreach (var image in images.Where(i => acknowledged.Contains(i.Sop)))
        {
            var own = rows[image.Sop].ToList();
            if (own.Count == 0 || own[0]["outcome"] != "scored" || !own[0].Flag("is_current") || own[0].Text("digest") != image.PartTen.Digest || own[0].Number("scores") == 0)
            {
                lost++;
                _violations.Add($"image {image.Sop}, {origin(image.Sop)}: {(own.Count == 0 ? "no row" : $"outcome {own[0]["outcome"] ?? "none"}, {own[0].Number("scores")} scores, digest {own[0].Text("digest")} of {image.PartTen.Digest}")}");
            }
            else if (own.Count > 1 || own[0].Number("scores") > 1 || outcomes.GetValueOrDefault($"instance:{own[0].Key("id")}") != 1)
            {
                twice++;
                _violations.Add($"image {image.Sop}, {origin(image.Sop)}: {own.Count} rows, {own[0].Number("scores")} scores, {outcomes.GetValueOrDefault($"instance:{own[0].Key("id")}")} outcomes");
            }
        }

        var strangers = rows.Select(r => r.Key).Except(images.Select(i => i.Sop)).Count();
        if (strangers > 0)
        {
            _violations.Add($"{strangers} rows of images that nobody sent");
        }

        return (lost, twice);
    }

    private async Task<(int Missing, int Beyond)> JudgeReportsAsync()
    {
        var stored = await line.Pacs.InstancesAsync();
        var rows = await line.Rows.QueryAsync($"""
            SELECT s.study_instance_uid AS study, s.state, s.revision AS last, r.revision, r.images_received AS images, p.sop_instance_uid AS sop, p.content, d.state AS delivery
            FROM study s JOIN result r ON r.study_id = s.id JOIN report p ON p.result_id = r.id JOIN delivery d ON d.report_id = p.id
            WHERE s.study_instance_uid IN ({Studies})
            """);
        var (missing, beyond) = (0, 0);
        foreach (var study in images.GroupBy(i => i.Study))
        {
            var current = rows.Where(r => r.Text("study") == study.Key && r.Number("revision") == r.Number("last")).ToList();
            if (current.Count > 1)
            {
                beyond++;
                _violations.Add($"study {study.Key}: {current.Count} current reports");
            }
            else if (current.Count == 0 || current[0].Text("state") != "complete" || current[0].Text("delivery") != "stored" || current[0].Number("images") != study.Count()
                || !await IsStoredAsync(stored, current[0]))
            {
                missing++;
                _violations.Add($"study {study.Key} of {study.Count()} images: {(current.Count == 0 ? "no current report" : $"its report of {current[0].Number("images")} images is {current[0].Text("delivery")}, the study {current[0].Text("state")}; in the PACS: {stored.ContainsKey(current[0].Text("sop"))}")}");
            }
        }

        var written = (await line.Rows.QueryAsync("SELECT sop_instance_uid FROM report")).Select(r => r.Text("sop_instance_uid")).ToHashSet();
        missing += Differ(written.Except(stored.Keys), "has a row and is not in the PACS");
        beyond += Differ(stored.Keys.Except(written), "is in the PACS and has no row");
        return (missing, beyond);
    }

    private int Differ(IEnumerable<string> reports, string how)
    {
        var all = reports.ToList();
        _violations.AddRange(all.Select(r => $"report {r} {how}"));
        return all.Count;
    }

    /// <summary>The PACS has the report and its data set is byte for byte that of the row.</summary>
    private async Task<bool> IsStoredAsync(IReadOnlyDictionary<string, string> stored, Row report)
    {
        if (!stored.TryGetValue(report.Text("sop"), out var id))
        {
            return false;
        }

        return PartTen.Of(await line.Pacs.FileAsync(id)).AsSpan().SequenceEqual(PartTen.Of(report.Bytes("content")));
    }

    private async Task JudgeWorkAsync()
    {
        foreach (var work in await line.Rows.QueryAsync("SELECT kind, state, attempts, reason_code FROM work WHERE state <> 'done'"))
        {
            _violations.Add($"{work["kind"]} work is {work["state"]} after {work["attempts"]} attempts: {work["reason_code"]}");
        }

        using var database = new RecordsDatabase(line.Records);
        if (await AuditChain.FirstBrokenAsync(database, CancellationToken.None) is { } broken)
        {
            _violations.Add($"the audit chain is broken at entry {broken}");
        }
    }
}
