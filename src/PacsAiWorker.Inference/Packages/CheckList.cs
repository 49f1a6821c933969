namespace PacsAiWorker.Inference.Packages;

/// <summary>Makes checks one after the other, with the time that each took.</summary>
/// <param name="clock">Measures.</param>
/// <param name="said">Is told of each check as soon as it ends.</param>
internal sealed class CheckList(TimeProvider clock, Action<PackageCheck>? said = null)
{
    public TimeProvider Clock => clock;

    /// <summary>Makes a check; what it throws is told and thrown on.</summary>
    /// <param name="name">One of <see cref="PackageChecks.All"/>.</param>
    /// <param name="check">Gives what was found, in words.</param>
    public void Run(string name, Func<string> check)
    {
        var since = clock.GetTimestamp();
        try
        {
            var found = check();
            Tell(name, true, since, found);
        }
        catch (Exception error)
        {
            Tell(name, false, since, error.Message);
            throw;
        }
    }

    private void Tell(string name, bool passed, long since, string detail) =>
        said?.Invoke(new PackageCheck(name, passed, clock.GetElapsedTime(since).TotalMilliseconds, detail));
}
