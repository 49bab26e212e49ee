namespace JadeVector.Cli.Nodes;

/// <summary>A node to start as a child process.</summary>
public sealed record NodeOptions
{
    /// <summary>Names the built node to start: set by ./jade.</summary>
    public const string PathVariable = "JADE_NODE";

    /// <summary>The node's <c>.dll</c> or executable.</summary>
    public required string Path { get; init; }

    /// <summary>Where the node keeps its data on disk.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Azure Blob storage in place of the disk; null for the disk.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The container on Azure; null for the node's default.</summary>
    public string? Container { get; init; }

    /// <summary>0 finds a free one, and keeps it over restarts.</summary>
    public int Port { get; init; }

    /// <summary>The processors that the node may use, as <c>taskset</c> takes them; null for all.</summary>
    public string? Processors { get; init; }

    /// <summary>Further settings, by the names of their environment variables.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Where what the node prints is written to, each line with the time (UTC); null keeps only its last words.</summary>
    public string? LogFile { get; init; }

    /// <summary>How long the node may take until it is ready.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <param name="variable">As <see cref="PathVariable"/>.</param>
    /// <exception cref="CliException">The variable is not set, or names nothing.</exception>
    public static string PathFromEnvironment(string variable = PathVariable) => Environment.GetEnvironmentVariable(variable) switch
    {
        null or "" => throw new CliException($"{variable} is not set; start this command through ./jade, which builds the node and sets it."),
        var path when !File.Exists(path) => throw new CliException($"{variable} names {path}, which does not exist."),
        var path => path,
    };
}
