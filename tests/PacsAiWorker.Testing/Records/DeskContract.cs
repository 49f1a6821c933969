using Microsoft.EntityFrameworkCore;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;
using Xunit;

namespace PacsAiWorker.Testing.Records;

/// <summary>What the desk asks and writes.</summary>
public abstract class DeskContract(IEmptyDatabases databases) : RecordsContract(databases)
{
    private const int Studies = 60;
    private static readonly DateTime Now = new(2026, 11, 22, 12, 0, 0, DateTimeKind.Utc);

    private Task FillAsync() => new SeededSite(Database, Now).FillAsync(Studies);

    [Fact]
    public async Task The_database_puts_the_list_into_the_order_of_the_rule_and_pages_go_through_it_without_a_gap()
    {
        await FillAsync();
        await using var context = Database.Open();
        var ruled = WorklistQuery.Order(await context.Studies.ToListAsync()).Select(s => s.StudyInstanceUid).ToList();
        List<WorklistEntry> paged = [];
        for (var skip = 0; skip < Studies; skip += 7)
        {
            paged.AddRange(await WorklistQuery.RunAsync(Database, new WorklistFilter { Skip = skip, Limit = 7 }, None));
        }

        Assert.Equal(ruled, paged.Select(e => e.StudyInstanceUid));
        Assert.Equal(Enumerable.Range(1, Studies), paged.Select(e => e.Place));
    }

    public static TheoryData<WorklistFilter, string> Filters => new()
    {
        { new WorklistFilter { Site = "south" }, "site = 'south'" },
        { new WorklistFilter { CallingAe = "CART2", IsRead = false }, "calling_ae = 'CART2' AND read_at IS NULL" },
        { new WorklistFilter { Priority = "TP2" }, "priority = 'TP2'" },
        { new WorklistFilter { IsRead = true }, "read_at IS NOT NULL" },
        { new WorklistFilter { IsFlagged = true }, "flagged_at IS NOT NULL" },
        { new WorklistFilter { State = "open" }, "state = 'open'" },
        { new WorklistFilter { ModelId = SeededSite.Gout }, "EXISTS (SELECT 1 FROM result r WHERE r.study_id = study.id AND r.model_id = 'gout-mtp1')" },
        { new WorklistFilter { Text = " P0007 " }, "EXISTS (SELECT 1 FROM patient_identity p WHERE p.study_id = study.id AND p.patient_id = 'P0007')" },
        { new WorklistFilter { Text = "doe^number1" }, "EXISTS (SELECT 1 FROM patient_identity p WHERE p.study_id = study.id AND p.patient_name LIKE 'Doe^Number1%')" },
        { new WorklistFilter { Text = "A0011" }, "study_instance_uid LIKE '%.11'" },
        { new WorklistFilter { Text = "%" }, "1 = 0" },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task A_filter_lets_through_what_the_same_words_in_SQL_do(WorklistFilter filter, string sql)
    {
        await FillAsync();
        await using var context = Database.Open();
        var expected = (await context.Studies.FromSqlRaw($"SELECT * FROM study WHERE {sql}").ToListAsync()).Select(s => s.StudyInstanceUid).Order().ToList();
        Assert.Equal(expected, (await WorklistQuery.RunAsync(Database, filter with { Limit = Studies }, None)).Select(e => e.StudyInstanceUid).Order());
        Assert.Equal(expected.Count, await WorklistQuery.CountAsync(Database, filter, None));
    }

    [Fact]
    public async Task Quality_counts_what_SQL_counts()
    {
        await FillAsync();
        var figures = await QualityQuery.RunAsync(Database, new QualityFilter(Now.AddDays(-30), Now), None);
        await using var context = Database.Open();
        async Task<int> CountAsync(string sql) => await context.Database.SqlQueryRaw<int>($"SELECT CAST(COUNT(*) AS integer) AS \"Value\" FROM {sql}").SingleAsync();
        Assert.Equal(Studies, figures.Studies);
        Assert.Equal(await CountAsync("instance WHERE outcome = 'scored'"), figures.Outcomes[""]);
        Assert.Equal(await CountAsync("instance WHERE outcome_reason = 'corrupt'"), figures.Outcomes["corrupt"]);
        Assert.Equal(await CountAsync("instance WHERE outcome IS NULL"), figures.Outcomes["awaiting"]);
        foreach (var model in figures.Models)
        {
            Assert.Equal(await CountAsync($"result WHERE model_id = '{model.ModelId}' AND probability IS NOT NULL"), model.Assessed);
            Assert.Equal(await CountAsync($"result WHERE model_id = '{model.ModelId}' AND probability IS NULL"), model.NotAssessed);
            Assert.Equal(await CountAsync($"result WHERE model_id = '{model.ModelId}' AND is_positive"), model.Flagged);
            Assert.Equal((model.Assessed, model.Flagged), (model.Hours.Sum(h => h.Assessed), model.Hours.Sum(h => h.Flagged)));
        }

        Assert.Equal([SeededSite.Gout, SeededSite.Kidney], figures.Models.Select(m => m.ModelId));
        Assert.Equal(await CountAsync("feedback WHERE verdict = 'reject'"), figures.Answers.Count(a => a.SaysPositive != a.IsFlagged));
        Assert.All(figures.FlagSeconds, s => Assert.Equal(30, s));
    }

    [Fact]
    public async Task A_sample_of_what_was_not_flagged_is_the_same_for_a_seed_and_never_holds_a_flagged_study()
    {
        await FillAsync();
        var filter = new QualityFilter(Now.AddDays(-30), Now);
        var first = await QualityQuery.SampleNotFlaggedAsync(Database, filter, 10, 7, None);
        Assert.Equal(first, await QualityQuery.SampleNotFlaggedAsync(Database, filter, 10, 7, None));
        Assert.NotEqual(first, await QualityQuery.SampleNotFlaggedAsync(Database, filter, 10, 8, None));
        var flagged = (await WorklistQuery.RunAsync(Database, new WorklistFilter { IsFlagged = true, Limit = Studies }, None)).Select(e => e.StudyInstanceUid);
        Assert.Equal(10, first.Distinct().Except(flagged).Count());
    }

    [Fact]
    public async Task Scores_of_a_period_stand_beside_those_of_the_reference_by_package_and_sender()
    {
        await FillAsync();
        var half = Now.AddHours(-15);
        var windows = await QualityQuery.ScoresAsync(Database, new QualityFilter(Now.AddDays(-30), half), new QualityFilter(half, Now), None);
        await using var context = Database.Open();
        Assert.Equal(3, windows.Count);
        foreach (var window in windows)
        {
            var scores = await context.Results.Where(r => r.ModelId == window.ModelId && r.Study!.CallingAe == window.CallingAe && r.Probability != null).ToListAsync();
            Assert.Equal(scores.Where(r => r.DecidedAt < half).Select(r => r.Probability!.Value).Order(), window.Reference.Order());
            Assert.Equal(scores.Where(r => r.DecidedAt >= half).Select(r => r.Probability!.Value).Order(), window.Now.Order());
        }
    }

    [Fact]
    public async Task Two_packages_stand_beside_each_other_on_the_studies_that_both_assessed_with_what_they_turned_out_to_be()
    {
        await FillAsync();
        await new ReaderStore(Database).DiagnoseAsync(
            [new FinalDiagnosis(2, SeededSite.Uid(0), SeededSite.Kidney, "normal"), new FinalDiagnosis(3, SeededSite.Uid(6), SeededSite.Gout, "abnormal"), new FinalDiagnosis(4, SeededSite.Uid(1), SeededSite.Kidney, "normal")], "csv", "qa", Now, None);
        var pair = Assert.Single(await PairQuery.RunAsync(Database, new QualityFilter(Now.AddDays(-30), Now, SeededSite.Gout), None));
        Assert.Equal((SeededSite.Gout + " 1.0.0", SeededSite.Kidney + " 1.0.0"), (pair.First, pair.Second));
        await using var context = Database.Open();
        async Task<int> CountAsync(string where) => await context.Database.SqlQueryRaw<int>(
            $"SELECT CAST(COUNT(*) AS integer) AS \"Value\" FROM result g JOIN result k ON k.study_id = g.study_id WHERE g.model_id = '{SeededSite.Gout}' AND k.model_id = '{SeededSite.Kidney}' AND g.probability IS NOT NULL AND k.probability IS NOT NULL{where}").SingleAsync();
        Assert.Equal(await CountAsync(""), pair.Studies.Count);
        Assert.Equal(await CountAsync(" AND g.is_positive AND k.is_positive"), pair.Studies.Count(s => s.FirstFlags && s.SecondFlags));
        Assert.Equal(await CountAsync(" AND g.is_positive AND NOT k.is_positive"), pair.Studies.Count(s => s.FirstFlags && !s.SecondFlags));
        Assert.Equal([false, true], pair.Studies.Select(s => s.IsPositive).OfType<bool>().Order());
    }

    public static TheoryData<ScoreFilter, string> ScoreFilters => new()
    {
        { new ScoreFilter { ModelId = SeededSite.Kidney, Least = 0.5 }, "positive_probability >= 0.5" },
        { new ScoreFilter { IsPositive = false, CallingAe = "CART2" }, "NOT is_positive AND instance_id IN (SELECT id FROM instance WHERE calling_ae = 'CART2')" },
        { new ScoreFilter { Site = "south", Label = "abnormal" }, "predicted_class = 'abnormal' AND study_id IN (SELECT id FROM study WHERE site = 'south')" },
        { new ScoreFilter { Priority = "TP2", Device = "Scanner" }, "study_id IN (SELECT id FROM study WHERE priority = 'TP2')" },
        { new ScoreFilter { Answer = "reject" }, "study_id IN (SELECT study_id FROM feedback WHERE verdict = 'reject')" },
        { new ScoreFilter { Answer = "none", Version = "1.0.0" }, "study_id NOT IN (SELECT study_id FROM feedback)" },
        { new ScoreFilter { From = Now.AddHours(-10), To = Now.AddHours(-5) }, "scored_at >= '2026-11-22 02:00:00' AND scored_at < '2026-11-22 07:00:00'" },
        { new ScoreFilter { ModelId = "no such" }, "1 = 0" },
    };

    [Theory]
    [MemberData(nameof(ScoreFilters))]
    public async Task Scores_are_those_that_the_same_words_in_SQL_give_and_pages_go_through_them_without_a_gap(ScoreFilter filter, string sql)
    {
        await FillAsync();
        await using var context = Database.Open();
        var expected = (await context.Scores.FromSqlRaw($"SELECT * FROM score WHERE {sql}").ToListAsync()).Select(s => s.Id).Order().ToList();
        List<ScoreLine> read = [];
        await foreach (var line in ScoreQuery.AllAsync(Database, filter with { Limit = 7 }, None))
        {
            read.Add(line);
        }

        Assert.Equal(expected, read.Select(l => l.ScoreId).Order());
        Assert.Equal(read.OrderByDescending(l => l.ScoredAt).Select(l => l.ScoredAt), read.Select(l => l.ScoredAt));
    }

    [Fact]
    public async Task Predictions_hold_what_readers_told_and_number_patients_instead_of_naming_them()
    {
        await FillAsync();
        List<string> lines = [];
        await foreach (var line in PredictionExport.LinesAsync(Database, new ScoreFilter { ModelId = SeededSite.Kidney }, None))
        {
            lines.Add(line);
        }

        await using var context = Database.Open();
        var answered = await context.Scores.CountAsync(s => context.Feedback.Any(f => f.StudyId == s.StudyId && f.Result!.ModelIdentity == s.ModelIdentity));
        Assert.Equal("study,patient,image,truth,score_normal,score_abnormal,subgroup,manufacturer,crop", lines[0]);
        Assert.Equal(answered, lines.Count - 1);
        var rejected = SeededSite.Uid(20);
        Assert.All(lines.Where(l => l.StartsWith(rejected + ",", StringComparison.Ordinal)), l => Assert.Equal("normal", l.Split(',')[3]));
        Assert.DoesNotContain(lines, l => l.Contains("P00", StringComparison.Ordinal));
        Assert.Equal(answered / 2, lines.Skip(1).Select(l => l.Split(',')[1]).Distinct().Count());
    }

    [Fact]
    public async Task The_record_is_read_a_page_at_a_time_without_a_gap()
    {
        await FillAsync();
        List<long> read = [];
        await foreach (var line in AuditQuery.AllAsync(Database, new AuditFilter(Limit: 13), None))
        {
            read.Add(line.Seq);
        }

        var last = await AuditQuery.LastAsync(Database, None);
        Assert.Equal(Enumerable.Range(0, (int)last).Select(i => last - i), read);
    }

    [Fact]
    public async Task An_invitation_makes_one_account_once_and_only_while_it_lasts()
    {
        var accounts = new AccountStore(Database);
        var token = await accounts.InviteAsync(AccountRoles.Admin, "test", Now, TimeSpan.FromHours(1), None);
        Assert.Null(await accounts.AcceptAsync(token, "rosa", "secret", Now.AddHours(1), None));
        Assert.Null(await accounts.AcceptAsync(token + "0", "rosa", "secret", Now, None));
        Assert.Equal("rosa", (await accounts.AcceptAsync(token, " Rosa ", "secret", Now, None))!.Name);
        Assert.Null(await accounts.AcceptAsync(token, "other", "secret", Now, None));
        Assert.Null(await accounts.OfferAsync(token, Now, None));
        var second = await accounts.InviteAsync(AccountRoles.Viewer, "test", Now, TimeSpan.FromHours(1), None);
        Assert.Null(await accounts.AcceptAsync(second, "ROSA", "secret", Now, None));
        await using var context = Database.Open();
        Assert.DoesNotContain(await context.Audit.Select(a => a.Detail).ToListAsync(), d => d.Contains(token, StringComparison.Ordinal) || d.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_administrator_cannot_be_taken_away()
    {
        var accounts = new AccountStore(Database);
        var rosa = (await accounts.AcceptAsync(await accounts.InviteAsync(AccountRoles.Admin, "test", Now, TimeSpan.FromHours(1), None), "rosa", "s", Now, None))!;
        Assert.False(await accounts.ChangeAsync(rosa.Id, null, true, "rosa", Now, None));
        Assert.False(await accounts.ChangeAsync(rosa.Id, AccountRoles.Viewer, null, "rosa", Now, None));
        Assert.Equal((AccountRoles.Admin, rosa.Stamp), ((await accounts.FindAsync("rosa", None))!.Role, (await accounts.FindAsync("rosa", None))!.Stamp));
        await accounts.AcceptAsync(await accounts.InviteAsync(AccountRoles.Admin, "test", Now, TimeSpan.FromHours(1), None), "second", "s", Now, None);
        Assert.True(await accounts.ChangeAsync(rosa.Id, null, true, "second", Now, None));
        Assert.NotEqual(rosa.Stamp, (await accounts.FindAsync("rosa", None))!.Stamp);
    }

    [Fact]
    public async Task An_answer_is_there_once_however_often_it_is_sent_and_remembers_when_the_result_was_opened()
    {
        await FillAsync();
        var readers = new ReaderStore(Database);
        var view = (await StudyQuery.RunAsync(Database, SeededSite.Uid(5), None))!;
        var result = view.Verdicts.Single().Result.Id;
        await readers.OpenedAsync(view.Entry.StudyKey, 1, "rosa", Now, None);
        await readers.OpenedAsync(view.Entry.StudyKey, 1, "rosa", Now.AddMinutes(1), None);
        FeedbackRow Answer(Guid key, string verdict, string label = "") => new() { Id = key, ResultId = result, Verdict = verdict, Label = label, Source = "page", Actor = "rosa", At = Now.AddMinutes(2) };
        var key = Guid.NewGuid();
        await readers.AnswerAsync(Answer(key, FeedbackVerdicts.Accept), None);
        await readers.AnswerAsync(Answer(key, FeedbackVerdicts.Accept), None);
        await Assert.ThrowsAsync<ArgumentException>(() => readers.AnswerAsync(Answer(key, FeedbackVerdicts.Reject), None));
        await Assert.ThrowsAsync<ArgumentException>(() => readers.AnswerAsync(Answer(Guid.NewGuid(), FeedbackVerdicts.Correct, "no such class"), None));
        var after = (await StudyQuery.RunAsync(Database, SeededSite.Uid(5), None))!;
        Assert.Equal(Now, Assert.Single(after.Feedback).OpenedAt);
        Assert.Equal(["result opened", "answered"], after.Timeline.Skip(view.Timeline.Count).Select(s => s.Action));
        Assert.Null(await AuditChain.FirstBrokenAsync(Database, None));
    }

    [Fact]
    public async Task Final_diagnoses_are_told_once_by_study_or_accession_and_each_that_does_not_fit_is_named_with_its_line()
    {
        await FillAsync();
        var readers = new ReaderStore(Database);
        FinalDiagnosis[] told = [new(2, SeededSite.Uid(5), SeededSite.Kidney, "abnormal"), new(3, "A0001", SeededSite.Kidney, "normal"), new(4, "A9999", SeededSite.Kidney, "normal"), new(5, "A0002", SeededSite.Kidney, "cyst")];
        var (kept, problems) = await readers.DiagnoseAsync(told, "csv", "rosa", Now, None);
        Assert.Equal((2, 2), (kept, problems.Count));
        Assert.StartsWith("line 4: no package", problems[0], StringComparison.Ordinal);
        Assert.StartsWith("line 5: ", problems[1], StringComparison.Ordinal);
        Assert.Equal(0, (await readers.DiagnoseAsync(told, "csv", "rosa", Now, None)).Kept);
        var figures = await QualityQuery.RunAsync(Database, new QualityFilter(Now.AddDays(-30), Now), None);
        Assert.Equal([(SeededSite.Uid(1), false, false), (SeededSite.Uid(5), true, true)], figures.Diagnosed.OrderBy(d => d.StudyInstanceUid, StringComparer.Ordinal).Select(d => (d.StudyInstanceUid, d.IsFlagged, d.IsPositive)));
        Assert.DoesNotContain(figures.Answers, a => a.Verdict == FeedbackVerdicts.Final);
    }

    [Fact]
    public async Task Images_that_come_after_a_study_was_read_make_it_unread_again()
    {
        await FillAsync();
        Assert.True((await StudyQuery.RunAsync(Database, SeededSite.Uid(9), None))!.Entry.IsRead);
        await Database.WriteAsync(t => t.Context.Studies.Where(s => s.StudyInstanceUid == SeededSite.Uid(9)).ExecuteUpdateAsync(s => s.SetProperty(r => r.LastReceivedAt, Now)), None);
        Assert.Contains(await WorklistQuery.RunAsync(Database, new WorklistFilter { IsRead = false, Limit = Studies }, None), e => e.StudyInstanceUid == SeededSite.Uid(9));
        Assert.DoesNotContain(await WorklistQuery.RunAsync(Database, new WorklistFilter { IsRead = true, Limit = Studies }, None), e => e.StudyInstanceUid == SeededSite.Uid(9));
        Assert.False(await new ReaderStore(Database).ReadAsync((await StudyQuery.RunAsync(Database, SeededSite.Uid(9), None))!.Entry.StudyKey, true, Now.AddSeconds(-1), "rosa", Now, None));
        Assert.True(await new ReaderStore(Database).ReadAsync((await StudyQuery.RunAsync(Database, SeededSite.Uid(9), None))!.Entry.StudyKey, true, Now, "rosa", Now, None));
    }

    [Fact]
    public async Task Read_is_said_once_and_can_be_taken_back()
    {
        await FillAsync();
        var readers = new ReaderStore(Database);
        var study = (await StudyQuery.RunAsync(Database, SeededSite.Uid(0), None))!.Entry.StudyKey;
        Assert.True(await readers.ReadAsync(study, true, Now, "rosa", Now, None));
        Assert.False(await readers.ReadAsync(study, true, Now, "rosa", Now, None));
        Assert.Equal("rosa", (await StudyQuery.RunAsync(Database, SeededSite.Uid(0), None))!.Entry.ReadBy);
        Assert.True(await readers.ReadAsync(study, false, Now, "rosa", Now, None));
        Assert.Null((await StudyQuery.RunAsync(Database, SeededSite.Uid(0), None))!.Entry.ReadAt);
    }

    [Fact]
    public async Task Silence_is_said_with_since_when_something_is_off()
    {
        await FillAsync();
        Assert.Empty(await SilenceQuery.RunAsync(Database, Now, None));
        await new StopStore(Database).StopAsync("wrong priorities", "rosa", Now.AddHours(-1), None);
        await new ModelStore(Database).SuspendAsync([new string('2', 64)], "drift", "rosa", Now.AddHours(-2), None);
        await QueueAsync("image");
        await Database.WriteAsync(t => ExecuteAsync(t, "UPDATE work SET created_at = '2026-11-22 11:00:00', not_before = '2026-11-22 11:00:00'"), None);
        var silences = await SilenceQuery.RunAsync(Database, Now, None);
        Assert.Equal([Now.AddHours(-1), Now.AddHours(-2), Now.AddHours(-1)], silences.Select(s => s.Since));
        Assert.Equal([false, false, true], silences.Select(s => s.IsAlarm));
    }

    [Fact]
    public async Task A_package_that_flags_more_than_is_expected_of_it_alarms_from_the_first_flag_beyond()
    {
        await FillAsync();
        Assert.Empty(await FlagBudgetQuery.RunAsync(Database, Now, None));
        await Database.WriteAsync(t => ExecuteAsync(t, $"UPDATE model SET flags_per_day = 2 WHERE model_id = '{SeededSite.Kidney}'"), None);
        var flagged = (await WorklistQuery.RunAsync(Database, 1000, None)).Where(e => e.Results.Any(r => r.ModelId == SeededSite.Kidney && r.IsPositive) && e.CompletedAt >= Now.AddDays(-1)).Select(e => e.CompletedAt!.Value).Order().ToList();
        Assert.InRange(flagged.Count, 3, 1000);
        var line = Assert.Single(await FlagBudgetQuery.RunAsync(Database, Now, None));
        Assert.Equal((SeededSite.Kidney, flagged.Count, 2, flagged[2]), (line.ModelId, line.Flagged, line.FlagsPerDay, line.Since));
        var silence = Assert.Single(await SilenceQuery.RunAsync(Database, Now, None));
        Assert.Equal((flagged[2], true), (silence.Since, silence.IsAlarm));
        Assert.Contains($"flagged {flagged.Count} studies in 24 hours, 2 are expected at most", silence.Text, StringComparison.Ordinal);
        await Database.WriteAsync(t => ExecuteAsync(t, $"UPDATE model SET flags_per_day = {flagged.Count}"), None);
        Assert.Empty(await SilenceQuery.RunAsync(Database, Now, None));
    }
}
