namespace JadeVector.Benchmarks.Overload;

internal sealed record OverloadOptions
{
    /// <summary>Vectors in the database.</summary>
    public required int Rows { get; init; }

    public required int Dimension { get; init; }

    /// <summary>Of each search: what it costs; null takes the database's own.</summary>
    public int? EfSearch { get; init; }

    /// <summary>How many times its capacity the node is asked for.</summary>
    public required double Factor { get; init; }

    /// <summary>Of overload.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Of each measurement before it.</summary>
    public required TimeSpan BaseTime { get; init; }

    /// <summary>Of overload before anything is measured.</summary>
    public required TimeSpan WarmTime { get; init; }

    /// <summary>Requests under way at once at most.</summary>
    public required int Connections { get; init; }

    /// <summary>The node's setting; null takes a quarter of the p99 of a node with nothing else to do.</summary>
    public int? WaitMilliseconds { get; init; }
}
