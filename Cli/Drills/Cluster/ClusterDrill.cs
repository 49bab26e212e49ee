using System.Diagnostics;
using System.Globalization;
using JadeVector.Client;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>
/// Loads a database over several servers while silos are killed and new ones started, reads at every consistency all the time, and
/// checks each answer. In the end every id is looked for, once by itself and once in the pages.
/// </summary>
internal sealed class ClusterDrill(ClusterProcesses cluster, ClusterDrillOptions options, TextWriter output)
{
    private static readonly TimeSpan ReadPace = TimeSpan.FromMilliseconds(20);

    private readonly DrillIds _ids = new();
    private readonly DrillTally _tally = new();
    private readonly Random _random = new(options.Seed);
    private int _kills;

    internal async Task<ClusterDrillResult> RunAsync(CancellationToken cancellation)
    {
        var databaseId = await CreateDatabaseAsync(cancellation);
        using var enough = new CancellationTokenSource();
        ShardProbe[] probes = [.. Enumerable.Range(0, options.Shards).Select(shard => new ShardProbe(shard, options, _ids, _tally))];
        var clients = cluster.Clients;
        Task[] running =
        [
            .. Enumerable.Range(0, options.Writers).Select(n => Task.Run(
                () => new LoadWriter(n, options, _ids, _tally).RunAsync(clients[n % clients.Count], databaseId, options.WritePace, enough.Token, cancellation), cancellation)),
            .. Enumerable.Range(0, options.Readers).Select(n => Task.Run(
                () => new CheckedReader(n, options, _ids, _tally).RunAsync(clients, databaseId, ReadPace, enough.Token), cancellation)),
            .. probes.Select(probe => Task.Run(() => probe.RunAsync(clients[probe.Shard % clients.Count], databaseId, enough.Token), cancellation)),
        ];
        await DisturbAsync(databaseId, probes, running, cancellation);
        await enough.CancelAsync();
        await Task.WhenAll(running);
        await CheckEverythingAsync(databaseId, cancellation);
        await SummariseAsync();
        return new ClusterDrillResult(_kills, _tally.Acknowledged, _tally.Reads, _tally.FailedReads, _tally.Wrong);
    }

    private Task<string> CreateDatabaseAsync(CancellationToken cancellation) => cluster.Clients[0].CreateDatabaseAsync(
        new DatabaseDefinition
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"cluster-drill-{options.Seed}"),
            VectorDimension = DrillVectors.Dimension,
            Metric = "euclidean",
            Sharding = new Sharding { NumShards = options.Shards },
            Replication = new Replication { Factor = options.Factor },
        },
        cancellation);

    private async Task DisturbAsync(string databaseId, ShardProbe[] probes, Task[] running, CancellationToken cancellation)
    {
        await Task.Delay(options.Every, cancellation);
        while (_kills < options.Kills && _tally.Wrong.Count == 0)
        {
            if (running.FirstOrDefault(task => task.IsFaulted) is { } broken) await broken;
            _kills++;
            var before = (_tally.Acknowledged, _tally.Reads, _tally.FailedReads);
            var silo = options.Rolling ? cluster.Silos[0] : cluster.Silos[_random.Next(cluster.Silos.Count)];
            var owned = await OwnedByAsync(databaseId, silo.Name, cancellation);
            foreach (var probe in probes.Where(probe => owned.Contains(probe.Shard))) probe.Mark();
            var at = DateTime.UtcNow;
            await (options.Rolling ? cluster.StopAsync(silo) : cluster.KillAsync(silo));
            var since = Stopwatch.StartNew();
            if (!options.Rolling) await Task.Delay(options.RestartAfter, cancellation);
            await cluster.StartSiloAsync(cancellation);
            var started = since.Elapsed;
            var rest = options.Every - since.Elapsed;
            if (rest > TimeSpan.Zero) await Task.Delay(rest, cancellation);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{at:HH:mm:ss.fff} {(options.Rolling ? "stop" : "kill")} {_kills,2}/{options.Kills}: {silo.Name} with {owned.Count} shards, next silo ready after {started.TotalSeconds:0.0} s; "
                + $"{_tally.Acknowledged - before.Acknowledged} writes, {_tally.Reads - before.Reads} reads, {_tally.FailedReads - before.FailedReads} of them failed, {_ids.Count} ids, {_tally.Wrong.Count} wrong"));
        }
    }

    private async Task<HashSet<int>> OwnedByAsync(string databaseId, string silo, CancellationToken cancellation)
    {
        var status = await cluster.Clients[0].GetDatabaseStatusAsync(databaseId, cancellation);
        return [.. status.Shards.Where(shard => shard.Node == silo).Select(shard => shard.Shard)];
    }

    private async Task CheckEverythingAsync(string databaseId, CancellationToken cancellation)
    {
        var client = cluster.Clients[^1];
        var strong = new ReadOptions { Consistency = "strong" };
        var listed = new Dictionary<string, long?>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await client.ListAsync(databaseId, 1_000, cursor, strong, cancellation);
            foreach (var vector in page.Vectors) listed[vector.Id] = DrillVectors.RevisionOf(vector);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        foreach (var chunk in _ids.All.Chunk(500))
        {
            var found = await client.GetAsync(databaseId, chunk, strong, cancellation);
            for (var i = 0; i < chunk.Length; i++)
            {
                var revision = found[i] is { } vector ? DrillVectors.RevisionOf(vector) : DrillVectors.Absent;
                if (revision != _ids.Known(chunk[i])) _tally.Violate($"in the end {chunk[i]} has revision {revision}, not {_ids.Known(chunk[i])}");
                if (listed.GetValueOrDefault(chunk[i], DrillVectors.Absent) != revision) _tally.Violate($"in the end {chunk[i]} has another revision in its page than by its id");
            }
        }

        foreach (var id in listed.Keys.Except(_ids.All)) _tally.Violate($"in the end {id} is there, and nobody wrote it");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"looked for {_ids.Count} ids one by one and in {listed.Count} rows of pages"));
    }

    private async Task SummariseAsync()
    {
        foreach (var wrong in _tally.Wrong.Take(20)) await output.WriteLineAsync($"WRONG: {wrong}");
        foreach (var (why, count) in _tally.Failures.Take(10)) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"failed read, {count} times: {why}"));
        foreach (var isWrite in new[] { false, true })
        {
            if (_tally.Gaps(isWrite) is { } gaps)
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"a shard took {(isWrite ? "writes" : "reads")} again {gaps.P50:0.00} s (median), {gaps.P95:0.00} s (p95), {gaps.Max:0.00} s (longest) after its silo went"));
        }

        var available = _tally.Reads == 0 ? 1 : 1 - ((double)_tally.FailedReads / _tally.Reads);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{_kills} {(options.Rolling ? "stops" : "kills")}, {options.Silos} silos, {options.Apis} servers, {options.Shards} shards x {options.Factor}, seed {options.Seed}: "
            + $"{_tally.Acknowledged} acknowledged writes, {_tally.Reads} reads, {available:P3} available, {_tally.Missed} searches missed a stored vector, {_tally.Wrong.Count} wrong answers"));
    }
}
