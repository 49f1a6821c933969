using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>An application entity on the network. Written <c>AE@HOST:PORT</c>; IPv6 addresses in brackets.</summary>
public sealed record PeerAddress(string AeTitle, string Host, int Port)
{
    /// <summary>AE titles: 1 to 16 printable characters of the default repertoire without backslash (PS3.5 section 6.2).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PeerAddress? address)
    {
        address = null;
        int at = text?.LastIndexOf('@') ?? -1;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (at < 1 || colon < at + 2)
        {
            return false;
        }

        string title = text![..at].Trim();
        string host = text[(at + 1)..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        if (title.Length is 0 or > 16 || title.Any(c => c is < ' ' or > '~' or '\\') || host.Length == 0 || host.Any(char.IsWhiteSpace)
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
        {
            return false;
        }

        address = new PeerAddress(title, host, port);
        return true;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"{AeTitle}@[{Host}]:{Port}" : $"{AeTitle}@{Host}:{Port}";
}
