namespace JadeVector.Grains.Interfaces;

/// <summary>The members of the cluster as the host knows them; nothing here leaves the process.</summary>
public interface IClusterNodes
{
    /// <summary>In the runtime's text form; empty on a single-process host.</summary>
    string LocalAddress { get; }

    /// <summary>Names, addresses and states; copies are not filled in.</summary>
    IReadOnlyList<ClusterNode> Members { get; }

    /// <summary>Completes when the members are no longer <paramref name="seen"/>.</summary>
    Task ChangedFrom(IReadOnlyList<ClusterNode> seen, CancellationToken cancellation);
}

/// <summary>The newest view of the cluster that reached this process; callers never wait for it.</summary>
public interface IClusterTable
{
    ClusterView Current { get; }

    /// <summary>The active node that reported to host a copy, or null.</summary>
    ClusterNode? HostOf(CopyId copy);
}
