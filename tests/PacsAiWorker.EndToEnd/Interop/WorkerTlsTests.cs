using System.Text.Json.Nodes;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>The whole worker with TLS on its port: configuration, log, commands.</summary>
[Collection(Lanes.Line)]
public sealed class WorkerTlsTests(InteropRun run, TestServers servers) : IClassFixture<InteropRun>
{
    [Fact]
    public async Task A_worker_on_TLS_keeps_what_carts_send_and_names_those_that_speak_plain()
    {
        await using var line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Dicom:Tls:Enabled"] = true,
            ["Dicom:Tls:CertificatePath"] = run.Certificate,
            ["Dicom:Tls:KeyPath"] = run.Key,
            ["Dicom:Tls:ClientCaPath"] = run.Ca,
        });
        await line.StartAllAsync();
        var file = run.Objects.First(o => o.TransferSyntax == "1.2.840.10008.1.2.1");

        (await Dcmtk.StoreScuAsync(line.DicomPort, "US1", [.. run.Flags(true), "-xe", "-R", file.Path])).Succeeded();
        await line.WaitUntilRecordedAsync();
        var row = (await line.Rows.QueryAsync($"SELECT * FROM instance WHERE sop_instance_uid = '{file.SopInstance}'")).Single();
        Assert.Equal(file.DataSet, line.Kept(row.Text("file")).DataSet);

        Assert.NotEqual(0, (await Dcmtk.EchoAsync(line.DicomPort, "US1")).ExitCode);
        await Until.HoldsAsync("the log names the plain peer", () => line.AllLogs.Contains("the peer speaks plain DICOM on this TLS port", StringComparison.Ordinal), () => line.AllLogs);

        var peer = $"PACSAI@127.0.0.1:{line.DicomPort}";
        (await line.CommandAsync("echo", peer, "--tls", "--tls-ca", run.Ca, "--tls-cert", run.Certificate, "--tls-key", run.Key)).Succeeded();
        var plain = await line.CommandAsync("echo", peer);
        Assert.Equal(1, plain.ExitCode);
        Assert.Contains("No association with", plain.Error, StringComparison.Ordinal);

        var doctor = JsonNode.Parse((await line.CommandAsync("doctor", "--json")).Output)!.AsArray();
        var certificate = doctor.Single(f => f!["what"]!.GetValue<string>() == "certificate of our port")!;
        Assert.Contains("renew it now", certificate["says"]!.GetValue<string>(), StringComparison.Ordinal); // 20 days are left
    }
}
