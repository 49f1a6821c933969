using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Pipeline.Scoring;
using PacsAiWorker.Pipeline.Studies;
using PacsAiWorker.Pipeline.Work;
using PacsAiWorker.Pipeline.Worklist;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Web;

namespace PacsAiWorker.Configuration;

/// <summary>Everything that can be configured. What is not here does not exist: an unknown key stops the start.</summary>
public sealed record WorkerOptions
{
    /// <summary><c>all</c>, or a comma-separated part of receive, score, report, deliver, web.</summary>
    public string Roles { get; init; } = "all";

    public DataOptions Data { get; init; } = new();

    public DicomOptions Dicom { get; init; } = new();

    public SpoolOptions Spool { get; init; } = new();

    public DatabaseOptions Database { get; init; } = new();

    public MessagingOptions Messaging { get; init; } = new();

    public WorkOptions Work { get; init; } = new();

    public InferenceOptions Inference { get; init; } = new();

    public ModelsOptions Models { get; init; } = new();

    public StudiesOptions Studies { get; init; } = new();

    public WorklistOptions Worklist { get; init; } = new();

    public WatchOptions Watch { get; init; } = new();

    public SiteOptions Site { get; init; } = new();

    public WebOptions Web { get; init; } = new();

    public AuditOptions Audit { get; init; } = new();

    public AdminOptions Admin { get; init; } = new();

    /// <summary>Full path of the data folder.</summary>
    public string DataDirectory => Path.GetFullPath(Data.Directory);

    /// <summary>Full path of the log of received files.</summary>
    public string SpoolDirectory => Path.Combine(DataDirectory, "spool");

    /// <summary>Where the pictures that scores were computed from are kept.</summary>
    public string InputsDirectory => Path.Combine(DataDirectory, "inputs");

    /// <summary>Full path of the file to which the end of the record's chain is published.</summary>
    public string AuditHeadsFile => Audit.HeadsFile.Length > 0 ? Path.GetFullPath(Audit.HeadsFile) : Path.Combine(DataDirectory, "audit-heads.csv");

    /// <summary>How long a study may be open before that is a defect: the cap, and time for its images' scores.</summary>
    public TimeSpan StudyLimit => TimeSpan.FromSeconds(Studies.MaxOpenSeconds) + TimeSpan.FromMinutes(15);

    /// <summary>After how long something absent is said.</summary>
    public AbsenceLimits AbsenceLimits => new(TimeSpan.FromMinutes(Worklist.Mwl.ExpectedAfterMinutes), TimeSpan.FromMinutes(Watch.StepMinutes), TimeSpan.FromMinutes(Watch.SilentMinutes));

    /// <summary>The database with the default file filled in.</summary>
    public RecordsOptions Records => new(Database.Provider, Database.ConnectionString.Length > 0 || Database.Provider == RecordsOptions.Postgres
        ? Database.ConnectionString
        : $"Data Source={Path.Combine(DataDirectory, "pacsai.db")}");

    /// <summary>Section <c>Data</c>.</summary>
    public sealed record DataOptions
    {
        /// <summary>Spool and SQLite database; relative to the folder the worker was started in.</summary>
        public string Directory { get; init; } = "./data";
    }

    /// <summary>Section <c>Database</c>.</summary>
    public sealed record DatabaseOptions
    {
        /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
        public string Provider { get; init; } = RecordsOptions.Sqlite;

        /// <summary>Needed for postgres.</summary>
        public string ConnectionString { get; init; } = "";
    }

    /// <summary>Section <c>Site</c>.</summary>
    public sealed record SiteOptions
    {
        /// <summary>Name of the site in records and in the UIDs of reports.</summary>
        public string Name { get; init; } = "site";

        /// <summary>IANA name of the zone in which reports state times when the images do not.</summary>
        public string TimeZone { get; init; } = "Etc/UTC";
    }

    /// <summary>Section <c>Audit</c>: how it shows that nobody wrote the record anew.</summary>
    public sealed record AuditOptions
    {
        /// <summary>File to which the end of the chain is added; empty: <c>audit-heads.csv</c> in the data folder. Elsewhere is better.</summary>
        public string HeadsFile { get; init; } = "";

        /// <summary>How often, minutes, 1 to 1440.</summary>
        public int PublishMinutes { get; init; } = 60;

        /// <summary>How often the whole chain is walked, hours; 0 never, at most 744.</summary>
        public int VerifyHours { get; init; } = 24;
    }

    /// <summary>Section <c>Admin</c>.</summary>
    public sealed record AdminOptions
    {
        /// <summary>Where <c>/health/*</c> and <c>/metrics</c> answer.</summary>
        public string Urls { get; init; } = "http://127.0.0.1:8081";
    }
}

/// <summary>The configuration cannot be used; each line names a key and what is allowed. The program ends with code 2.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
