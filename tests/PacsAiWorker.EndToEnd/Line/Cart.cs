using System.Collections.Concurrent;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>A sender in the test's own process: it knows the answer to each instance.</summary>
internal sealed class Cart(int port)
{
    private readonly ConcurrentDictionary<string, byte> _acknowledged = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _goOn = new(initialState: true);
    private volatile int _awaited = int.MaxValue;

    /// <summary>SOP Instance UIDs that were answered 0000H.</summary>
    public IReadOnlyCollection<string> Acknowledged => [.. _acknowledged.Keys];

    /// <summary>Ends at the moment when the n-th answer has come.</summary>
    public Task WhenAcknowledged(int n)
    {
        _awaited = n;
        return _reached.Task;
    }

    /// <summary>As <see cref="WhenAcknowledged"/>; the association that reaches it sends nothing more until <see cref="GoOn"/>, while the others go on: something is left however fast the worker is.</summary>
    public Task HeldWhenAcknowledged(int n)
    {
        _goOn.Reset();
        return WhenAcknowledged(n);
    }

    public void GoOn() => _goOn.Set();

    public int AcknowledgedCount => _acknowledged.Count;

    public static DicomClient Connect(int port, params IReadOnlyList<ProposedContext> contexts) =>
        DicomClient.Connect(new PeerAddress(Installation.AeTitle, "127.0.0.1", port), "US1", contexts);

    public static ProposedContext ContextOf(PartTen file) => new(file.SopClass, [file.TransferSyntax]);

    /// <summary>One instance over an association of its own, its data set as given.</summary>
    public static DimseResponse Store(int port, PartTen file, byte[]? dataSet = null, string? sopInstance = null)
    {
        using var client = Connect(port, ContextOf(file));
        var response = client.Store(file.SopClass, sopInstance ?? file.SopInstance, file.TransferSyntax, dataSet ?? file.DataSet);
        client.Release();
        return response;
    }

    /// <summary>Sends what is not acknowledged yet over several associations at once; a broken association ends its share.</summary>
    public Task SendAsync(IEnumerable<PartTen> files, int associations)
    {
        var shares = files.Where(f => !_acknowledged.ContainsKey(f.SopInstance)).Select((File, Index) => (File, Index)).GroupBy(f => f.Index % associations, f => f.File).Select(g => g.ToList());
        return Task.WhenAll(shares.Select(share => Task.Factory.StartNew(() => SendShare(share), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    private void SendShare(List<PartTen> files)
    {
        try
        {
            using var client = Connect(port, [.. files.Select(f => (f.SopClass, f.TransferSyntax)).Distinct().Select(c => new ProposedContext(c.SopClass, [c.TransferSyntax]))]);
            foreach (var file in files)
            {
                if (client.Store(file.SopClass, file.SopInstance, file.TransferSyntax, file.DataSet).Status == DimseStatus.Success)
                {
                    _acknowledged.TryAdd(file.SopInstance, 0);
                    if (_acknowledged.Count >= _awaited && _reached.TrySetResult())
                    {
                        _goOn.Wait();
                    }
                }
            }

            client.Release();
        }
        catch (AssociationException)
        {
            // The worker died: what was not answered is sent again later.
        }
    }
}
