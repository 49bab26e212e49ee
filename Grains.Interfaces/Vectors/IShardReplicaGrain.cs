using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>
/// A read copy of a shard that follows its owner's log. Key: <c>{databaseId}/{shard}/{n}</c>, n from 1. The first call opens it.
/// <c>eventual</c> reads are refused as <c>lagging</c> when it is too far behind; <c>bounded</c> and <c>strong</c> ones are as good as the
/// owner's: they wait until the copy has read the log to its end.
/// </summary>
[Alias("jade.IShardReplicaGrain")]
[Version(1)]
public interface IShardReplicaGrain : IShardReads
{
    [Alias("GetStatus")]
    Task<ReplicaStatus> GetStatus();

    /// <summary>Goes to another node: running calls finish here, later ones are answered there.</summary>
    /// <param name="address">In the actor runtime's text form; null for wherever placement says.</param>
    [Alias("Move")]
    Task Move(string? address);

    /// <summary>Ends the copy; a later call opens it anew.</summary>
    [Alias("Close")]
    Task Close();
}

[GenerateSerializer, Alias("jade.replica-state")]
public enum ReplicaState
{
    /// <summary>Follows within the bound.</summary>
    Active,

    /// <summary>Is being opened.</summary>
    Loading,

    /// <summary>No node has it: there is none without another copy of the shard.</summary>
    Unplaced,

    /// <summary>Too far behind for eventual reads.</summary>
    Lagging,

    /// <summary>Could not be asked, or cannot be opened; <see cref="ReplicaStatus.Error"/> says why.</summary>
    Failed,
}

[GenerateSerializer, Immutable, Alias("jade.replica-status")]
public sealed record ReplicaStatus
{
    /// <summary>Its number, from 1.</summary>
    [Id(0)] public required int Replica { get; init; }

    [Id(1)] public required ReplicaState State { get; init; }

    /// <summary>The last sequence that its readers see.</summary>
    [Id(2)] public ulong Sequence { get; init; }

    [Id(3)] public ulong Epoch { get; init; }

    /// <summary>How long ago nothing acknowledged was missing, in milliseconds.</summary>
    [Id(4)] public double LagMilliseconds { get; init; }

    /// <summary>How many sequence numbers it is behind the owner; null where the owner's is not known.</summary>
    [Id(5)] public ulong? LagSequences { get; init; }

    /// <summary>Live vectors.</summary>
    [Id(6)] public long VectorCount { get; init; }

    /// <summary>Native and mapped memory of the copy.</summary>
    [Id(7)] public long MemoryBytes { get; init; }

    /// <summary>The node that hosts it; empty where none does.</summary>
    [Id(8)] public string Node { get; init; } = "";

    /// <summary>Why the last look at the log failed; null after one that did not.</summary>
    [Id(9)] public string? Error { get; init; }
}
