using PacsAiWorker.EndToEnd.Records;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Tests.Web;
using Xunit;

namespace PacsAiWorker.EndToEnd.Desk;

[Collection(Lanes.Desk)]
public sealed class PagesOnPostgresTests(TestServers servers) : PagesContract(new PostgresDatabases(servers));
