using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>TCP ports on this machine.</summary>
internal static class Ports
{
    private const string Listen = "0A"; // TCP_LISTEN, include/net/tcp_states.h

    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Looks it up instead of connecting: a receiver that serves one association at a time would take that for one.</summary>
    public static bool HasListener(int port) => new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(field => field[3] == Listen && int.Parse(field[1].AsSpan(field[1].LastIndexOf(':') + 1), NumberStyles.HexNumber) == port);
}
