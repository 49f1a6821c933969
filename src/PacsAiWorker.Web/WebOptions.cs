namespace PacsAiWorker.Web;

/// <summary>Section <c>Web</c>: the desk.</summary>
public sealed record WebOptions
{
    /// <summary>Where the pages answer. Beyond loopback put TLS in front, or give an https address (docs/operations.md).</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Where people reach the desk, when a proxy stands before it: links name it, and with https the sign-in goes over TLS alone. Empty: as asked.</summary>
    public string PublicUrl { get; init; } = "";

    /// <summary>How long a sign-in lasts without a request, 1 to 24 hours: a shift.</summary>
    public int SignInHours { get; init; } = 10;

    /// <summary>Address of a study in the site's viewer, with <c>{study}</c> where the Study Instance UID goes; empty shows no link.</summary>
    public string ViewerUrl { get; init; } = "";
}
