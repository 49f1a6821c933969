using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>Writes what a handler found, inside the transaction that finishes its work; returns what the audit shall say.</summary>
public delegate Task<IReadOnlyList<AuditEvent>> WorkEffect(RecordsTransaction transaction, CancellationToken cancellation);

/// <summary>What becomes of a piece of work. One place, <see cref="VerdictWriter"/>, carries it out.</summary>
public abstract record WorkVerdict
{
    private WorkVerdict()
    {
    }

    /// <summary>Finished: the effect is written together with the finish, and with others that are ready at the same time.</summary>
    /// <param name="Stage">Kill point that is passed when all are committed.</param>
    /// <param name="LockOrder">Study Instance UID of the study that the effect locks first, where it locks one: everybody locks studies in this order.</param>
    public sealed record Done(WorkEffect Effect, string? Stage = null, string LockOrder = "") : WorkVerdict;

    /// <summary>It failed in a way that may pass: again after a back-off, parked when the attempts are used up.</summary>
    /// <param name="Longest">The back-off grows up to this; null: up to its own limit.</param>
    public sealed record Retry(string Reason, string Detail, WorkEffect? Effect = null, TimeSpan? Longest = null) : WorkVerdict;

    /// <summary>Not its turn yet: again after the delay, no attempt is charged.</summary>
    public sealed record Postpone(TimeSpan Delay, string Reason, string Detail, WorkEffect? Effect = null) : WorkVerdict;

    /// <summary>Only a person can help.</summary>
    public sealed record Park(string Reason, string Detail, WorkEffect? Effect = null) : WorkVerdict;
}

/// <summary>One room's part in the work table.</summary>
public interface IWorkHandler
{
    /// <summary>Kind of work, one of <c>WorkKinds</c>.</summary>
    string Kind { get; }

    /// <summary>How many pieces of work may run here at the same time.</summary>
    int Slots { get; }

    /// <summary>Where some of its work must not hold up the rest; null where all of it waits in one line.</summary>
    ILanes? Lanes => null;

    /// <summary>Does the work without writing anything; a fault that may pass is thrown or returned as a retry.</summary>
    Task<WorkVerdict> HandleAsync(Records.Rows.WorkRow work, CancellationToken cancellation);
}

/// <summary>Work in lanes, by <c>WorkRow.Lane</c>: each has its own room, and some may rest.</summary>
public interface ILanes
{
    /// <summary>How many may run in all lanes together.</summary>
    int Slots { get; }

    /// <summary>Lanes that have no room now.</summary>
    /// <param name="running">How many run in each lane that is not empty.</param>
    IReadOnlyList<string> Closed(IReadOnlyDictionary<string, int> running);
}

/// <summary>Thrown by an effect when what it was computed from has changed meanwhile: nothing is written, the work runs again at once.</summary>
public sealed class WorkSupersededException(string message) : Exception(message);
