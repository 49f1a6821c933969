using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Testing.Records;
using Xunit;

namespace PacsAiWorker.EndToEnd.Records;

[Collection(Lanes.Line)]
public sealed class WorkTableOnPostgresTests(TestServers servers) : WorkTableContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class JournalOnPostgresTests(TestServers servers) : JournalContract(new PostgresDatabases(servers))
{
    protected override string DropUpdateTrigger => "DROP TRIGGER audit_entry_no_change ON audit_entry";

    protected override string DropDeleteTrigger => "SELECT 1";
}

[Collection(Lanes.Line)]
public sealed class RetentionStoreOnPostgresTests(TestServers servers) : RetentionContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class DefectQueryOnPostgresTests(TestServers servers) : DefectContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class SchemaOnPostgresTests(TestServers servers) : SchemaContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class DeskQueryOnPostgresTests(TestServers servers) : DeskContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class AbsenceQueryOnPostgresTests(TestServers servers) : AbsenceContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class OverrideStoreOnPostgresTests(TestServers servers) : OverrideContract(new PostgresDatabases(servers));

[Collection(Lanes.Line)]
public sealed class RecallStoreOnPostgresTests(TestServers servers) : RecallContract(new PostgresDatabases(servers));
