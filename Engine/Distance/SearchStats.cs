namespace JadeVector.Engine.Distance;

/// <summary>The work that searches did; each adds its own.</summary>
public struct SearchStats
{
    /// <summary>Distances computed.</summary>
    public long Distances;

    /// <summary>Nodes of a graph whose links were followed.</summary>
    public long Hops;
}
