using System.Diagnostics;
using System.Globalization;
using JadeVector.Benchmarks.ActorPath;
using JadeVector.Benchmarks.Load;
using JadeVector.Cli.Nodes;
using JadeVector.Hosting.Work;
using JadeVector.Storage.Azure;

namespace JadeVector.Benchmarks.Databases;

/// <param name="Count">Databases.</param>
/// <param name="Vectors">In each.</param>
/// <param name="Clients">That create them.</param>
/// <param name="Active">Databases that are asked for something afterwards.</param>
internal sealed record DatabasesOptions(int Count, int Vectors, int Dimension, int Clients, int Active, int IdleSeconds, string Storage);

/// <summary>Many small databases on one node: what it takes to make them, to start with them, to leave them alone and to ask some.</summary>
internal sealed class DatabasesRun(DatabasesOptions options, TextWriter output)
{
    private const int Seed = 20_260_103, Few = 10, EmptyCount = 5;

    private readonly Random _random = new(Seed);

    internal async Task RunAsync(CancellationToken cancellation)
    {
        await using var storage = await BenchStorage.OpenAsync(options.Storage, cancellation);
        Say($"{options.Count} databases of {options.Vectors} x {options.Dimension} on {options.Storage} storage, created by {options.Clients} clients");
        await CreateAsync(storage, "few", Few, measureBlobs: false, cancellation);
        var few = await StartAsync(storage, "few", cancellation);
        await using (few.Node) Say($"start with {Few}: ready after {few.Time.TotalSeconds:0.00} s, {Resident(few.Node):0} MiB");

        var ids = await CreateAsync(storage, "many", options.Count, measureBlobs: true, cancellation);
        var many = await StartAsync(storage, "many", cancellation);
        await using (many.Node)
        {
            Say($"start with {options.Count}: ready after {many.Time.TotalSeconds:0.00} s, {Resident(many.Node):0} MiB idle");
            await AskAsync(many.Node, ids, cancellation);
        }
    }

    private async Task<(NodeProcess Node, TimeSpan Time)> StartAsync(BenchStorage storage, string name, CancellationToken cancellation)
    {
        var node = storage.Node(name, new Dictionary<string, string> { ["Jade__Engine__IdleSeconds"] = options.IdleSeconds.ToString(CultureInfo.InvariantCulture) });
        var began = Stopwatch.GetTimestamp();
        await node.StartAsync(cancellation);
        return (node, Stopwatch.GetElapsedTime(began));
    }

    /// <returns>Their ids.</returns>
    private async Task<string[]> CreateAsync(BenchStorage storage, string name, int count, bool measureBlobs, CancellationToken cancellation)
    {
        var (node, _) = await StartAsync(storage, name, cancellation);
        await using var running = node;
        var vectors = RandomVectors.Draw(_random, options.Vectors, options.Dimension);
        var ids = new string[count];
        var (next, began) = (-1, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, options.Clients).Select(_ => Task.Run(
            async () =>
            {
                using var connection = await LoadConnection.OpenAsync(node.Address, cancellation);
                for (int number; (number = Interlocked.Increment(ref next)) < count;)
                {
                    ids[number] = await CreateOneAsync(connection, $"{name}-{number}", cancellation);
                    await connection.ExpectAsync(LoadRequest.UpsertBatch(ids[number], "v", vectors), cancellation);
                    if (measureBlobs && (number + 1) % Math.Max(1, options.Count / 10) == 0)
                        Say($"  {number + 1} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {Resident(node):0} MiB");
                }
            },
            cancellation)));
        if (!measureBlobs) return ids;
        var time = Stopwatch.GetElapsedTime(began);
        Say($"created in {time.TotalSeconds:0.0} s, {count / time.TotalSeconds:0} databases/s; {Resident(node):0} MiB at the end, {MeasuredProcess.PeakMebibytes(node.ProcessId):0} MiB at most");
        await Task.Delay(TimeSpan.FromSeconds(2 * options.IdleSeconds), cancellation);
        Say($"{Resident(node):0} MiB {2 * options.IdleSeconds} s later");
        await CountBlobsAsync(storage, node, name, ids, cancellation);
        return ids;
    }

    private async Task CountBlobsAsync(BenchStorage storage, NodeProcess node, string name, string[] ids, CancellationToken cancellation)
    {
        using var connection = await LoadConnection.OpenAsync(node.Address, cancellation);
        var before = await BlobsAsync(storage, name, cancellation);
        for (var i = 0; i < EmptyCount; i++) await CreateOneAsync(connection, $"empty-{i}", cancellation);
        var after = await BlobsAsync(storage, name, cancellation);
        var filled = before.Count(blob => blob.Contains("db_", StringComparison.Ordinal));
        var empty = after.Except(before).Count(blob => blob.Contains("db_", StringComparison.Ordinal));
        Say($"blobs a database: {(double)filled / ids.Length:0.0} with vectors, {(double)empty / EmptyCount:0.0} empty; {before.Count - filled} blobs of no database");
    }

    /// <summary>The first query of databases that nobody has asked for anything since the node started, one after the other.</summary>
    private async Task AskAsync(NodeProcess node, string[] ids, CancellationToken cancellation)
    {
        var asked = ids.Length <= options.Active ? ids : _random.GetItems(ids, 4 * options.Active).Distinct().Take(options.Active).ToArray();
        var query = RandomVectors.Draw(_random, 1, options.Dimension)[0];
        using var connection = await LoadConnection.OpenAsync(node.Address, cancellation);
        var (first, second) = (new LoadRecord(), new LoadRecord());
        foreach (var record in new[] { first, second })
        {
            foreach (var id in asked)
            {
                var request = LoadRequest.Search(id, query, topK: 10);
                var sent = Stopwatch.GetTimestamp();
                record.Add(await connection.SendAsync(request, cancellation), Stopwatch.GetElapsedTime(sent));
            }
        }

        Say($"first query of {asked.Length} cold databases: p50 {first.Percentile(0.5):0.0} ms, p99 {first.Percentile(0.99):0.0} ms, refused: {first.Refusals}; again: p50 {second.Percentile(0.5):0.0} ms");
        Say($"{Resident(node):0} MiB with {asked.Length} active");
        await Task.Delay(TimeSpan.FromSeconds(2 * options.IdleSeconds), cancellation);
        Say($"{Resident(node):0} MiB {2 * options.IdleSeconds} s later");
    }

    private async Task<string> CreateOneAsync(LoadConnection connection, string name, CancellationToken cancellation)
    {
        const string field = "\"databaseId\":\"";
        await connection.ExpectAsync(
            LoadRequest.Post("/v1/databases", string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{name}}","vectorDimension":{{options.Dimension}}}""")), cancellation);
        var text = connection.Text;
        var at = text.IndexOf(field, StringComparison.Ordinal) + field.Length;
        return text[at..text.IndexOf('"', at)];
    }

    /// <summary>The names of all blobs; on disk of all files but the store's own.</summary>
    private static async Task<IReadOnlyCollection<string>> BlobsAsync(BenchStorage storage, string name, CancellationToken cancellation)
    {
        if (storage.ConnectionString is null)
        {
            var root = Path.Combine(storage.Path, name);
            return [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).Where(file => !file.StartsWith("~temp", StringComparison.Ordinal) && file != "store.lock")];
        }

        using var work = new ThreadWorkScheduler(1, TimeProvider.System);
        var options = new AzureBlobStoreOptions { ConnectionString = storage.ConnectionString, Container = name, CacheDirectory = Path.Combine(storage.Path, "listing") };
        var store = await AzureBlobStore.OpenAsync(options, work, new CryptographicIdSource(), cancellation);
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in store.ListAsync("", cancellation)) names.Add(blob.Name);
        return names;
    }

    private static double Resident(NodeProcess node) => MeasuredProcess.ResidentMebibytes(node.ProcessId);

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
