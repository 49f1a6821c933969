namespace PacsAiWorker.Pipeline;

/// <summary>Callers that send children only: what an image of theirs lacks in age, they tell.</summary>
/// <param name="AeTitles">AE titles of which every configured caller is one: which of several it was is no longer known when an image is scored.</param>
public sealed record ChildCallers(IReadOnlySet<string> AeTitles)
{
    /// <summary>Whether whoever called itself so sends children only.</summary>
    public bool Has(string callingAe) => AeTitles.Contains(callingAe);
}
