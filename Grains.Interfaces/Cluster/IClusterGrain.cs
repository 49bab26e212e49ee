using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>
/// The view of the nodes and of who hosts which copy of which shard. One in the cluster, key 0. It decides where copies go after a
/// node's death and when a node joins; nothing that it believes is needed for a read or a write to be right.
/// </summary>
[Alias("jade.IClusterGrain")]
[Version(1)]
public interface IClusterGrain : IGrainWithIntegerKey
{
    [Alias("GetView")]
    Task<ClusterView> GetView();

    /// <summary>What a node hosts now; sent about every second, and at once when it changes.</summary>
    /// <param name="report">Of the caller.</param>
    /// <param name="known">The newest view that the caller holds, by term and version; the answer is null when it is the newest.</param>
    [Alias("Report")]
    [ResponseTimeout("00:00:05")]
    Task<ClusterView?> Report(NodeReport report, ViewVersion known);

    /// <summary>
    /// A view of an earlier term, from a node that still has it: a leader that starts anew learns from it what the dead nodes hosted.
    /// </summary>
    [Alias("Remember")]
    [ResponseTimeout("00:00:05")]
    Task Remember(ClusterView earlier);
}

/// <summary>Views are ordered by the leader's term, then by version.</summary>
[GenerateSerializer, Immutable, Alias("jade.view-version")]
public readonly record struct ViewVersion([property: Id(0)] long Term, [property: Id(1)] long Version);

/// <summary>What one node hosts.</summary>
[GenerateSerializer, Immutable, Alias("jade.node-report")]
public sealed record NodeReport
{
    /// <summary>Unique in the cluster.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Where the actor runtime reaches it, in the runtime's text form; empty on a single-process host.</summary>
    [Id(1)] public required string Address { get; init; }

    [Id(2)] public required DateTimeOffset StartedAt { get; init; }

    /// <summary>It is about to leave and takes no new copies.</summary>
    [Id(3)] public bool Draining { get; init; }

    [Id(4)] public required IReadOnlyList<HostedCopy> Copies { get; init; }
}

/// <summary>A copy of a shard that a node hosts.</summary>
/// <param name="Bytes">Native and mapped memory of the engine: the runtime's own figures see only the managed heap.</param>
[GenerateSerializer, Immutable, Alias("jade.hosted-copy")]
public readonly record struct HostedCopy([property: Id(0)] CopyId Copy, [property: Id(1)] long Bytes);

/// <summary>The nodes and what they host, as of one moment.</summary>
[GenerateSerializer, Immutable, Alias("jade.cluster-view")]
public sealed record ClusterView
{
    [Id(0)] public required IReadOnlyList<ClusterNode> Nodes { get; init; }

    /// <summary>The node that hosts the cluster grain: the leader of control work.</summary>
    [Id(1)] public required string Master { get; init; }

    [Id(2)] public ViewVersion Version { get; init; }

    /// <summary>Read copies that are wanted but have no node to go to: each needs one without another copy of its shard.</summary>
    [Id(3)] public IReadOnlyList<CopyId> Unplaced { get; init; } = [];

    public static ClusterView Empty { get; } = new() { Nodes = [], Master = "" };
}

[GenerateSerializer, Immutable, Alias("jade.cluster-node")]
public sealed record ClusterNode
{
    [Id(0)] public required string Name { get; init; }

    /// <summary><c>active</c>, <c>joining</c>, <c>leaving</c> or <c>dead</c>.</summary>
    [Id(1)] public required string Status { get; init; }

    [Id(2)] public DateTimeOffset StartedAt { get; init; }

    /// <summary>Where the actor runtime reaches it; empty on a single-process host.</summary>
    [Id(3)] public string Address { get; init; } = "";

    [Id(4)] public bool Draining { get; init; }

    /// <summary>What it reported to host.</summary>
    [Id(5)] public IReadOnlyList<HostedCopy> Copies { get; init; } = [];

    public bool IsActive => Status == NodeStatus.Active;

    /// <summary>New copies may go there.</summary>
    public bool IsOpen => IsActive && !Draining;

    /// <summary>Native and mapped memory of all copies.</summary>
    public long Bytes => Copies.Sum(hosted => hosted.Bytes);
}

/// <summary>The words for <see cref="ClusterNode.Status"/>.</summary>
public static class NodeStatus
{
    public const string Active = "active";
    public const string Joining = "joining";
    public const string Leaving = "leaving";
    public const string Dead = "dead";
}
