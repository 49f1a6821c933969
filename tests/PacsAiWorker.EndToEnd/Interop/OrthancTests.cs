using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Interop;

/// <summary>Our client and listener against Orthanc, both ways, plain and with TLS, and storage commitment.</summary>
public sealed class OrthancTests(InteropRun run) : IClassFixture<InteropRun>
{
    private const string Push = SopClasses.StorageCommitmentPush;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Instances_go_there_and_come_back_bit_for_bit_and_are_committed(bool tls)
    {
        using var scp = new InteropScp(run.Server(tls));
        await using var orthanc = OrthancServer.Prepared(new Dictionary<string, object>
        {
            ["DicomModalities"] = new Dictionary<string, object>
            {
                ["us"] = new Dictionary<string, object> { ["AET"] = "PACSAI", ["Host"] = "127.0.0.1", ["Port"] = scp.Port, ["UseDicomTls"] = tls },
            },
            ["DicomTlsEnabled"] = tls,
            ["DicomTlsCertificate"] = run.Certificate,
            ["DicomTlsPrivateKey"] = run.Key,
            ["DicomTlsTrustedCertificates"] = run.Ca,
        });
        await orthanc.StartAsync();
        var peer = new PeerAddress(OrthancServer.AeTitle, "127.0.0.1", orthanc.DicomPort);

        var sent = Send(peer, tls);
        Assert.Superset(InteropObjects.StoreScuFlags.Keys.ToHashSet(), sent.Select(f => f.TransferSyntax).ToHashSet());

        await orthanc.SendAsync("us", (await orthanc.InstancesAsync()).Values);
        foreach (var file in sent)
        {
            var (syntax, dataSet) = scp.Stored[file.SopInstance];
            Assert.Equal(file.TransferSyntax, syntax);
            Assert.True(file.DataSet.AsSpan().SequenceEqual(dataSet), $"{file.TransferSyntax}: bytes differ");
        }

        Found(peer, sent, tls);
        await CommittedAsync(peer, sent, scp, tls);
    }

    /// <summary>Study root query at instance level: as many matches as instances, and fewer when cancelled.</summary>
    private void Found(PeerAddress peer, List<PartTen> sent, bool tls)
    {
        using var client = DicomClient.Connect(peer, "PACSAI", [new ProposedContext(ServiceClasses.StudyRootFind, TransferSyntax.ExplicitVrLittleEndian.Uid)], run.Client(tls));
        var query = new DataSet().Set(Tags.QueryRetrieveLevel, "IMAGE").Set(Tags.SOPInstanceUID)
            .Set(Tags.StudyInstanceUID, DicomUid.FromName("interop", "study")).Set(Tags.SeriesInstanceUID, DicomUid.FromName("interop", "series"));
        var found = client.Find(ServiceClasses.StudyRootFind, query);
        Assert.True(found.Final.IsSuccess, found.Final.ToString());
        Assert.Equal(sent.Select(f => f.SopInstance).Order(), found.Matches.Select(m => m.GetString(Tags.SOPInstanceUID)!).Order());
        Assert.Equal(3, client.Find(ServiceClasses.StudyRootFind, query, most: 3).Matches.Count);
        client.Release();
    }

    private List<PartTen> Send(PeerAddress peer, bool tls)
    {
        using var client = DicomClient.Connect(peer, "PACSAI", [.. run.Objects.Select(o => new ProposedContext(o.SopClass, o.TransferSyntax))], run.Client(tls));
        var taken = run.Objects.Where(o => client.Accepts(o.SopClass, o.TransferSyntax)).ToList();
        foreach (var file in taken)
        {
            Assert.Equal(DimseResponse.Success, client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, file.DataSet));
        }

        client.Release();
        return taken;
    }

    /// <summary>Orthanc reports on an association of its own, in the role of SCP.</summary>
    private async Task CommittedAsync(PeerAddress peer, List<PartTen> sent, InteropScp scp, bool tls)
    {
        var transaction = DicomUid.NewRandom();
        using (var client = DicomClient.Connect(peer, "PACSAI", [new ProposedContext(Push, TransferSyntax.ImplicitVrLittleEndian.Uid)], run.Client(tls)))
        {
            var items = sent.Select(f => new CommitmentItem(f.SopClass, f.SopInstance)).Append(new CommitmentItem(SopClasses.UltrasoundImage, "1.2.3.4"));
            Assert.Equal(DimseResponse.Success, client.RequestCommitment(transaction, items));
            client.Release();
        }

        await Until.HoldsAsync("Orthanc reports", () => !scp.Reports.IsEmpty, () => string.Join('\n', [.. scp.Refusals, .. scp.Ends]));
        var report = Assert.Single(scp.Reports);
        Assert.Equal(transaction, report.TransactionUid);
        Assert.Equal(sent.Select(f => f.SopInstance).Order(), report.Committed.Select(c => c.SopInstanceUid).Order());
        Assert.Equal(("1.2.3.4", (ushort?)DimseStatus.NoSuchInstance), (report.Failed[0].SopInstanceUid, report.Failed[0].FailureReason));
        Assert.Contains(scp.Requests, r => r.Roles.Contains(new RoleSelection(Push, Scu: false, Scp: true)) || r.Roles.Contains(new RoleSelection(Push, Scu: true, Scp: true)));
    }
}
