namespace JadeVector.Cli.Demo;

/// <summary>What to show.</summary>
public sealed record DemoOptions
{
    public const int QueriesDefault = 1_000, ShardsDefault = 4, ClientsDefault = 8;

    /// <summary>A dataset; null shows the built-in texts.</summary>
    public string? Data { get; init; }

    /// <summary>Of the node; 0 finds a free one.</summary>
    public int Port { get; init; }

    /// <summary>Rows to load at most; null loads all.</summary>
    public int? Count { get; init; }

    public int Queries { get; init; } = QueriesDefault;

    /// <summary>Of the database that is measured.</summary>
    public int Shards { get; init; } = ShardsDefault;

    /// <summary>Searches under way at once.</summary>
    public int Clients { get; init; } = ClientsDefault;

    /// <summary>Candidates of a search; null leaves it to the database.</summary>
    public int? EfSearch { get; init; }
}
