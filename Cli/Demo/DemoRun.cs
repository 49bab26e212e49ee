using JadeVector.Cli.Nodes;
using JadeVector.Client;
using JadeVector.Datasets;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Starts a node of its own over a temporary directory, loads something and searches it.</summary>
public static class DemoRun
{
    /// <summary>The metric of a demo with exact truth must find this share of it.</summary>
    public const double RecallFloor = 0.95;

    /// <returns>The exit code: 0 when all is well, 1 when the recall is below <see cref="RecallFloor"/>.</returns>
    /// <exception cref="CliException">There is no such data, or the node does not start.</exception>
    public static async Task<int> RunAsync(DemoOptions options, IAnsiConsole console, CancellationToken cancellation)
    {
        var dataset = options.Data is { } data ? DatasetFolder.Find(data) : null;
        using var directory = new TemporaryDirectory("jade-demo-");
        await using var node = new NodeProcess(new NodeOptions { Path = NodeOptions.PathFromEnvironment(), DataDirectory = directory.Path, Port = options.Port });
        console.MarkupLineInterpolated($"starting a node on [blue]{node.Address}[/] with its data in {directory.Path}");
        await node.StartAsync(cancellation);
        using var client = new JadeClient(node.Address);
        return dataset switch
        {
            null => await new FactsDemo(client, console).RunAsync(options, cancellation),
            Dataset.Texts texts => await new TextsDemo(client, console).RunAsync(texts, options, cancellation),
            Dataset.Vectors vectors => await new VectorsDemo(client, console).RunAsync(vectors, options, cancellation),
            _ => throw new NotSupportedException(dataset.ToString()),
        };
    }
}
