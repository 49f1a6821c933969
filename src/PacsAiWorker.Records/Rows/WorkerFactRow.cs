namespace PacsAiWorker.Records.Rows;

/// <summary>What a running worker finds of itself and of what it needs; written again each minute.</summary>
public sealed class WorkerFactRow
{
    /// <summary>Machine and roles.</summary>
    public required string Worker { get; set; }

    /// <summary><see cref="FactKinds"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>What it is about, for people.</summary>
    public required string Name { get; set; }
    public bool IsWell { get; set; }

    /// <summary>One sentence, with what to change where it is not well.</summary>
    public required string Says { get; set; }
    public DateTime At { get; set; }
}

/// <summary>What a fact is about.</summary>
public static class FactKinds
{
    public const string Database = "database";
    public const string Broker = "broker";
    public const string Disk = "disk";
    public const string Device = "device";
    public const string Certificate = "certificate";

    /// <summary>A peer that is configured; whether it answers stands in its <see cref="PeerLookRow"/>.</summary>
    public const string Peer = "peer";
}

/// <summary>The last time that a person wanted to know whether a peer answers, and what the worker found.</summary>
public sealed class PeerLookRow
{
    /// <summary>As <see cref="WorkerFactRow.Name"/> has it.</summary>
    public required string Peer { get; set; }

    /// <summary>Of this question.</summary>
    public Guid Id { get; set; }
    public DateTime AskedAt { get; set; }
    public required string AskedBy { get; set; }

    /// <summary>Null while no worker has answered.</summary>
    public DateTime? AnsweredAt { get; set; }
    public bool IsWell { get; set; }
    public string Says { get; set; } = "";
}
