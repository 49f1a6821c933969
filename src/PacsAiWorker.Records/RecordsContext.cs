using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records;

/// <summary>The tables. The schema itself is made by the SQL under <c>migrations/</c>; a test holds both together.</summary>
internal sealed class RecordsContext(DbContextOptions<RecordsContext> options) : DbContext(options)
{
    public DbSet<StudyRow> Studies => Set<StudyRow>();
    public DbSet<PatientIdentityRow> Identities => Set<PatientIdentityRow>();
    public DbSet<InstanceRow> Instances => Set<InstanceRow>();
    public DbSet<PerformedStepRow> PerformedSteps => Set<PerformedStepRow>();
    public DbSet<SpoolSegmentRow> SpoolSegments => Set<SpoolSegmentRow>();
    public DbSet<SpoolProblemRow> SpoolProblems => Set<SpoolProblemRow>();
    public DbSet<ModelRow> Models => Set<ModelRow>();
    public DbSet<ScoreRow> Scores => Set<ScoreRow>();
    public DbSet<ResultRow> Results => Set<ResultRow>();
    public DbSet<ReportRow> Reports => Set<ReportRow>();
    public DbSet<HeatMapRow> HeatMaps => Set<HeatMapRow>();
    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();
    public DbSet<DeliveryAttemptRow> DeliveryAttempts => Set<DeliveryAttemptRow>();
    public DbSet<CommitmentRequestRow> CommitmentRequests => Set<CommitmentRequestRow>();
    public DbSet<ReportCompanionRow> ReportCompanions => Set<ReportCompanionRow>();
    public DbSet<PriorityNoticeRow> Notices => Set<PriorityNoticeRow>();
    public DbSet<OrderContextRow> Orders => Set<OrderContextRow>();
    public DbSet<ReconciledIdentityRow> Reconciled => Set<ReconciledIdentityRow>();
    public DbSet<StudyHoldRow> Holds => Set<StudyHoldRow>();
    public DbSet<StudyConfirmationRow> Confirmations => Set<StudyConfirmationRow>();
    public DbSet<RejectionRow> Rejections => Set<RejectionRow>();
    public DbSet<MessageStopRow> MessageStops => Set<MessageStopRow>();
    public DbSet<FeedbackRow> Feedback => Set<FeedbackRow>();
    public DbSet<StudyOpenedRow> StudiesOpened => Set<StudyOpenedRow>();
    public DbSet<AccountRow> Accounts => Set<AccountRow>();
    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();
    public DbSet<PriorityOverrideRow> Overrides => Set<PriorityOverrideRow>();
    public DbSet<ExpectedStudyRow> ExpectedStudies => Set<ExpectedStudyRow>();
    public DbSet<AbsenceDismissalRow> Dismissals => Set<AbsenceDismissalRow>();
    public DbSet<WorkRow> Work => Set<WorkRow>();
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<RecallRow> Recalls => Set<RecallRow>();
    public DbSet<RecallStudyRow> RecallStudies => Set<RecallStudyRow>();
    public DbSet<WorkerFactRow> WorkerFacts => Set<WorkerFactRow>();
    public DbSet<PeerLookRow> PeerLooks => Set<PeerLookRow>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();
    public DbSet<AuditHeadRow> AuditHead => Set<AuditHeadRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StudyRow>(e =>
        {
            e.ToTable("study").HasIndex(r => r.StudyInstanceUid).IsUnique();
            e.Ignore(r => r.IsRead);
            e.HasIndex(r => r.LastReceivedAt);
        });
        modelBuilder.Entity<PatientIdentityRow>(e =>
        {
            e.ToTable("patient_identity").HasKey(r => r.StudyId);
            e.HasIndex(r => r.PatientId);
            e.HasIndex(r => r.AccessionNumber);
            e.HasOne(r => r.Study).WithOne().HasForeignKey<PatientIdentityRow>(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<InstanceRow>(e =>
        {
            e.ToTable("instance").HasIndex(r => new { r.SopInstanceUid, r.Digest }).IsUnique();
            e.HasIndex(r => r.SopInstanceUid).IsUnique().HasFilter("is_current");
            e.HasIndex(r => r.File).IsUnique();
            e.HasIndex(r => r.Segment);
            e.HasIndex(r => r.ReceivedAt);
            e.HasIndex(r => r.PixelDigest);
            e.HasIndex(r => r.CopyOf);
            e.Ignore(r => r.MeantForEach);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PerformedStepRow>(e =>
        {
            e.ToTable("performed_step").HasKey(r => r.SopInstanceUid);
            e.HasIndex(r => r.StudyInstanceUid);
        });
        modelBuilder.Entity<SpoolSegmentRow>(e => e.ToTable("spool_segment"));
        modelBuilder.Entity<SpoolProblemRow>(e => e.ToTable("spool_problem").HasKey(r => r.Location));
        modelBuilder.Entity<ModelRow>(e =>
        {
            e.ToTable("model").HasKey(r => r.Identity);
            e.Ignore(r => r.IsRouter);
        });
        modelBuilder.Entity<RecallRow>(e =>
        {
            e.ToTable("recall").HasIndex(r => r.ModelIdentity);
            e.HasOne(r => r.Model).WithMany().HasForeignKey(r => r.ModelIdentity).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<RecallStudyRow>(e =>
        {
            e.ToTable("recall_study").HasKey(r => new { r.RecallId, r.StudyId });
            e.HasIndex(r => r.StudyId);
            e.HasOne(r => r.Recall).WithMany().HasForeignKey(r => r.RecallId).OnDelete(DeleteBehavior.Restrict);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<WorkerFactRow>(e => e.ToTable("worker_fact").HasKey(r => new { r.Worker, r.Kind, r.Name }));
        modelBuilder.Entity<PeerLookRow>(e => e.ToTable("peer_look").HasKey(r => r.Peer));
        modelBuilder.Entity<ScoreRow>(e =>
        {
            e.HasIndex(r => r.ScoredAt);
            e.ToTable("score").HasIndex(r => new { r.InstanceId, r.ModelIdentity, r.Frame }).IsUnique();
            e.HasIndex(r => r.StudyId);
            e.HasOne(r => r.Instance).WithMany().HasForeignKey(r => r.InstanceId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<ResultRow>(e =>
        {
            e.ToTable("result").HasIndex(r => new { r.StudyId, r.ModelIdentity, r.Revision }).IsUnique();
            e.HasIndex(r => r.DecidedAt);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<ReportRow>(e =>
        {
            e.ToTable("report").HasIndex(r => r.SopInstanceUid).IsUnique();
            e.HasIndex(r => new { r.ResultId, r.SopClassUid, r.WithoutMaps }).IsUnique();
            e.HasOne(r => r.Result).WithMany().HasForeignKey(r => r.ResultId).OnDelete(DeleteBehavior.Restrict);
            e.HasMany(r => r.Companions).WithOne().HasForeignKey(c => c.ReportId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<ReportCompanionRow>(e => e.ToTable("report_companion").HasIndex(r => new { r.ReportId, r.Position }).IsUnique());
        modelBuilder.Entity<HeatMapRow>(e =>
        {
            e.ToTable("heat_map").HasIndex(r => new { r.ResultId, r.InstanceId, r.Frame }).IsUnique();
            e.HasOne(r => r.Result).WithMany().HasForeignKey(r => r.ResultId).OnDelete(DeleteBehavior.Restrict);
            e.HasOne(r => r.Instance).WithMany().HasForeignKey(r => r.InstanceId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<DeliveryRow>(e =>
        {
            e.ToTable("delivery").HasIndex(r => new { r.ReportId, r.Destination }).IsUnique();
            e.HasOne(r => r.Report).WithMany().HasForeignKey(r => r.ReportId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<DeliveryAttemptRow>(e =>
        {
            e.ToTable("delivery_attempt");
            e.HasOne(r => r.Delivery).WithMany().HasForeignKey(r => r.DeliveryId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<CommitmentRequestRow>(e =>
        {
            e.ToTable("commitment_request").HasKey(r => new { r.TransactionUid, r.DeliveryId });
            e.HasOne(r => r.Delivery).WithMany().HasForeignKey(r => r.DeliveryId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<StudyHoldRow>(e =>
        {
            e.ToTable("study_hold").HasIndex(r => new { r.StudyId, r.Reason, r.Destination }).IsUnique();
            e.Ignore(r => r.Text);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<StudyConfirmationRow>(e =>
        {
            e.ToTable("study_confirmation").HasIndex(r => r.StudyId);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<RejectionRow>(e =>
        {
            e.ToTable("rejection").HasKey(r => new { r.NoteId, r.SopInstanceUid });
            e.HasIndex(r => r.SopInstanceUid);
            e.HasOne(r => r.Note).WithMany().HasForeignKey(r => r.NoteId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<PriorityNoticeRow>(e =>
        {
            e.ToTable("priority_notice").HasIndex(r => new { r.StudyId, r.Channel, r.Priority }).IsUnique();
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<OrderContextRow>(e => e.ToTable("order_context").HasKey(r => r.AccessionDigest));
        modelBuilder.Entity<ReconciledIdentityRow>(e =>
        {
            e.ToTable("reconciled_identity").HasKey(r => r.StudyId);
            e.HasIndex(r => r.PatientId);
            e.HasOne(r => r.Study).WithOne().HasForeignKey<ReconciledIdentityRow>(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<MessageStopRow>(e => e.ToTable("message_stop"));
        modelBuilder.Entity<FeedbackRow>(e =>
        {
            e.ToTable("feedback").HasIndex(r => r.At);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
            e.HasOne(r => r.Result).WithMany().HasForeignKey(r => r.ResultId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<StudyOpenedRow>(e =>
        {
            e.ToTable("study_opened").HasKey(r => new { r.StudyId, r.Account, r.Revision });
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<AccountRow>(e => e.ToTable("account").HasIndex(r => r.Name).IsUnique());
        modelBuilder.Entity<InvitationRow>(e => e.ToTable("invitation").HasKey(r => r.TokenDigest));
        modelBuilder.Entity<PriorityOverrideRow>(e =>
        {
            e.ToTable("priority_override").HasIndex(r => r.StudyId);
            e.HasOne(r => r.Study).WithMany().HasForeignKey(r => r.StudyId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<ExpectedStudyRow>(e =>
        {
            e.ToTable("expected_study").HasKey(r => r.KeyDigest);
            e.HasIndex(r => r.ScheduledAt);
        });
        modelBuilder.Entity<AbsenceDismissalRow>(e => e.ToTable("absence_dismissal").HasKey(r => r.Subject));
        modelBuilder.Entity<WorkRow>(e => e.ToTable("work").HasIndex(r => new { r.Kind, r.DedupeKey }).IsUnique());
        modelBuilder.Entity<OutboxRow>(e => e.ToTable("outbox"));
        modelBuilder.Entity<AuditRow>(e =>
        {
            e.ToTable("audit_entry").HasKey(r => r.Seq);
            e.Property(r => r.Seq).ValueGeneratedNever();
            e.HasIndex(r => r.StudyId);
        });
        modelBuilder.Entity<AuditHeadRow>(e =>
        {
            e.ToTable("audit_head").HasKey(r => r.One);
            e.Property(r => r.One).ValueGeneratedNever();
        });
        UseSnakeCase(modelBuilder);
    }

    private static void UseSnakeCase(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            var table = entity.GetTableName();
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(Snake(property.Name));
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName($"pk_{table}");
            }

            foreach (var foreignKey in entity.GetForeignKeys())
            {
                foreignKey.SetConstraintName($"fk_{table}_{string.Join('_', foreignKey.Properties.Select(p => Snake(p.Name)))}");
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName($"ix_{table}_{string.Join('_', index.Properties.Select(p => Snake(p.Name)))}");
            }
        }
    }

    private static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary>Times are UTC in memory and in both databases; SQLite keeps them as sortable text without an offset.</summary>
    private sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
        value => value.Kind == DateTimeKind.Utc ? value : value.ToUniversalTime(),
        value => DateTime.SpecifyKind(value, DateTimeKind.Utc));
}
