using System.Net.Sockets;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// Rejects connections over a limit without a thread of their own: A-ASSOCIATE-RJ at once, then what comes is thrown away until
/// the peer closes or ARTIM is over, so that the reject is not lost in a reset. Beyond 64 at a time connections are just closed.
/// </summary>
internal sealed class Refusals(TimeSpan artim)
{
    private const int Most = 64;

    private int open;

    public void Send(Socket socket, AssociationDecision.Reject reject)
    {
        if (Interlocked.Increment(ref open) > Most)
        {
            Interlocked.Decrement(ref open);
            socket.Dispose();
            return;
        }

        _ = SendAsync(socket, reject);
    }

    private async Task SendAsync(Socket socket, AssociationDecision.Reject reject)
    {
        using var limit = new CancellationTokenSource(artim);
        byte[] waste = new byte[4096];
        try
        {
            await socket.SendAsync(new AssociateRj(reject.Result, reject.Source, reject.Reason).Write(), limit.Token).ConfigureAwait(false);
            while (await socket.ReceiveAsync(waste, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Gone, or did not go: either way it is over.
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref open);
        }
    }
}
