namespace PacsAiWorker.Pipeline;

/// <summary>Where rooms after Receiving find an instance's file; the spool itself belongs to Receiving.</summary>
/// <param name="Root">Full path of the spool folder.</param>
public sealed record SpoolFiles(string Root)
{
    public string PathOf(string file) => Path.Combine(Root, file);
}

/// <summary>Section <c>Studies</c> as spans: how long a study waits for more images, and at most.</summary>
public sealed record StudyTimes(TimeSpan Quiet, TimeSpan Cap);
