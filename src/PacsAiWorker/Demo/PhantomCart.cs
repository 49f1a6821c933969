using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Demo;

/// <summary>A simulated ultrasound cart: sends phantoms over a real association, one a study.</summary>
internal sealed class PhantomCart(string aeTitle, PeerAddress peer, ClientOptions? options = null)
{
    /// <summary>Sends some of a study's instances in order.</summary>
    /// <param name="pause">Called after each instance; where a rate is kept.</param>
    /// <returns>One sentence for each instance the peer did not take.</returns>
    /// <exception cref="AssociationException">The peer refuses or is away.</exception>
    public IReadOnlyList<string> Send(IReadOnlyList<PhantomInstance> instances, Action? pause = null)
    {
        var refused = new List<string>();
        if (instances.Count == 0)
        {
            return refused;
        }

        var contexts = instances.Select(i => (i.SopClassUid, i.TransferSyntaxUid)).Distinct().Select(c => new ProposedContext(c.SopClassUid, [c.TransferSyntaxUid])).ToList();
        using var client = DicomClient.Connect(peer, aeTitle, contexts, options);
        foreach (var instance in instances)
        {
            var response = client.Store(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid, instance.DataSetBytes);
            if (!response.IsSuccess)
            {
                refused.Add($"{instance.Kind}: {response.Status:X4}H {response.ErrorComment}");
            }

            pause?.Invoke();
        }

        client.Release();
        return refused;
    }
}
