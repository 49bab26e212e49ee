using System.CommandLine;
using JadeVector.Cli.Nodes;

namespace JadeVector.Benchmarks.Load;

/// <summary>Where measured nodes keep their data: a directory that goes afterwards, or an Azurite of their own in it.</summary>
internal sealed class BenchStorage : IAsyncDisposable
{
    internal const string Local = "local", Azurite = "azurite";

    private readonly TemporaryDirectory _directory;
    private readonly AzuriteProcess? _azurite;

    private BenchStorage(TemporaryDirectory directory, AzuriteProcess? azurite) => (_directory, _azurite) = (directory, azurite);

    internal string Path => _directory.Path;

    /// <summary>Null for the directory.</summary>
    internal string? ConnectionString => _azurite?.ConnectionString;

    internal static Option<string> CreateOption()
    {
        var option = new Option<string>("--storage") { Description = "local or azurite.", DefaultValueFactory = _ => Local };
        option.AcceptOnlyFromAmong(Local, Azurite);
        return option;
    }

    internal static async Task<BenchStorage> OpenAsync(string kind, CancellationToken cancellation)
    {
        var directory = new TemporaryDirectory("jade-bench-");
        try
        {
            return new BenchStorage(directory, kind == Azurite ? await AzuriteProcess.StartAsync(System.IO.Path.Combine(directory.Path, "azurite"), cancellation) : null);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <param name="name">Of the node's own directory and container.</param>
    internal NodeProcess Node(string name, IReadOnlyDictionary<string, string>? settings = null) => new(new NodeOptions
    {
        Path = NodeOptions.PathFromEnvironment(),
        DataDirectory = System.IO.Path.Combine(Path, name),
        ConnectionString = ConnectionString,
        Container = ConnectionString is null ? null : name,
        Settings = settings ?? new Dictionary<string, string>(),
        ReadyTimeout = TimeSpan.FromMinutes(5),
    });

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null) await _azurite.DisposeAsync();
        _directory.Dispose();
    }
}
