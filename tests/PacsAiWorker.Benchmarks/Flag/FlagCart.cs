using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Benchmarks.Flag;

/// <summary>A study of one phantom image, ready to be sent.</summary>
internal sealed record FlagStudy(string Uid, string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, byte[] DataSet);

/// <summary>Studies of one grey picture of 640 x 480 each, no two alike, and the carts that send them.</summary>
internal static class FlagCart
{
    private const int Width = 640, Height = 480;

    public static IReadOnlyList<FlagStudy> Make(int first, int count)
    {
        var studies = new FlagStudy[count];
        Parallel.For(0, count, i => studies[i] = Make(first + i));
        return studies;
    }

    /// <summary>Sends on one association, each at its time; blocks until the last is acknowledged.</summary>
    /// <param name="pause">Called before each study with its number.</param>
    /// <exception cref="InvalidOperationException">The worker did not take one.</exception>
    public static void Send(string aeTitle, int port, IReadOnlyList<FlagStudy> studies, Action<int>? pause = null)
    {
        using var client = DicomClient.Connect(new PeerAddress(FlagWorker.AeTitle, "127.0.0.1", port), aeTitle, [new ProposedContext(studies[0].SopClassUid, [studies[0].TransferSyntaxUid])]);
        for (var i = 0; i < studies.Count; i++)
        {
            pause?.Invoke(i);
            var study = studies[i];
            var response = client.Store(study.SopClassUid, study.SopInstanceUid, study.TransferSyntaxUid, study.DataSet);
            if (!response.IsSuccess)
            {
                throw new InvalidOperationException($"The worker answered {response.Status:X4}H {response.ErrorComment}");
            }
        }

        client.Release();
    }

    private static FlagStudy Make(int number)
    {
        string Uid(string what) => DicomUid.FromName("bench-flag", what, $"{number}");
        var content = new PhantomContent(new PhantomScene((ulong)number + 1, false, Geometry.Linear, Width, Height, false));
        var identity = new PhantomIdentity(number, Uid("study"), Uid("series"), Uid("instance"), 1, "Bench", TimeProvider.System.GetUtcNow());
        return new FlagStudy(identity.StudyInstanceUid, PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid, PhantomFile.Encode(content, identity));
    }
}
