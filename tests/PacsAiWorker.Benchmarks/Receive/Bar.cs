namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>A promise in numbers.</summary>
/// <param name="Group"><c>first</c>: held from the start. <c>beyond</c>: what the log has to bring.</param>
/// <param name="Name">What is compared with what.</param>
/// <param name="Required">Bound.</param>
/// <param name="AtMost">The bound is an upper one.</param>
/// <param name="Measured">Null when a part of it was not measured.</param>
internal sealed record Bar(string Group, string Name, double Required, bool AtMost, double? Measured)
{
    public bool IsMet => AtMost ? Measured <= Required : Measured >= Required;

    public string Verdict => Measured is null ? "not measured" : IsMet ? "met" : "NOT met";
}
