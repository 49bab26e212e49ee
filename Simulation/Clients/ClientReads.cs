using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Simulation.History;
using JadeVector.Simulation.Nodes;

namespace JadeVector.Simulation.Clients;

/// <summary>The reads of one client: what they saw of each shard is an operation of that shard's history.</summary>
internal sealed class ClientReads(string client, NodeCalls calls, Workload workload)
{
    private readonly Random _chance = workload.Chance;

    public async Task GetAsync(Consistency consistency, string? position, IReadOnlyList<string> keys)
    {
        var began = workload.Now;
        if (await ReadAsync(consistency, position, (n, options) => n.Vectors.GetAsync(workload.Database.Id, keys, options, CancellationToken.None)) is not var (records, node))
            return;
        var token = PositionToken.Parse(position, workload.Database.Id);
        foreach (var shard in Enumerable.Range(0, keys.Count).GroupBy(i => workload.ShardOf(keys[i])))
        {
            var rows = shard.Select(i => records[i] is { } record ? Row(record) : new SeenRow(keys[i], 0, 0)).ToArray();
            foreach (var (row, key) in rows.Zip(shard.Select(i => keys[i])))
            {
                if (row.Key != key)
                    throw new ViolationException($"Asked for {key}, the answer is {row}.");
            }

            workload.Add(shard.Key, new GetOperation(workload.NextNumber(), client, began, Guarantee(consistency), token?.Of(shard.Key) ?? 0, rows) { Node = node });
        }
    }

    /// <summary>The first page of the database: of each shard in turn the rows in order of version, until it is full.</summary>
    public async Task ListAsync(Consistency consistency, int limit)
    {
        var began = workload.Now;
        if (await ReadAsync(consistency, null, (n, options) => n.Vectors.ListAsync(workload.Database.Id, 0, limit, null, options, CancellationToken.None)) is not var (page, node))
            return;
        var left = limit;
        for (var shard = 0; shard < workload.ShardCount && left > 0; shard++)
        {
            var rows = page.Vectors.Where(record => workload.ShardOf(record.Id) == shard).Select(Row).ToArray();
            workload.Add(shard, new ListOperation(workload.NextNumber(), client, began, Guarantee(consistency), 0, left, rows) { Node = node });
            left -= rows.Length;
        }

        if (workload.ShardCount == 1)
            workload.Add(0, new CountOperation(workload.NextNumber(), client, began, Guarantee(consistency), page.Total) { Node = node });
    }

    public async Task SearchAsync(Consistency consistency)
    {
        var tag = _chance.Next(1, 500);
        var model = new SearchModel(
            SimulatedVector.Values(tag),
            workload.Database.Settings.Metric == SimilarityMetric.Dot,
            _chance.Next(2) == 0 ? _chance.Next(1, 6) : 1000,
            _chance.Next(3) == 0 ? _chance.Next(3) : null,
            _chance.Next(3) != 0);
        await SearchAsync(consistency, model);
    }

    public async Task SearchAsync(Consistency consistency, SearchModel model)
    {
        var began = workload.Now;
        var query = ToQuery(model);
        if (await ReadAsync(consistency, null, (n, options) => n.Planner.SearchAsync(workload.Database.Id, query with { Read = options }, CancellationToken.None)) is not var (reply, node))
            return;
        var hits = reply.Hits.Select(hit => new SeenRow(hit.Id, SimulatedVector.TagOf(hit.Id, hit.Values, hit.Metadata), hit.Version)).ToArray();
        CheckDistances(model, reply.Hits, hits);
        SeenRow? worst = hits.Length == model.TopK ? hits[^1] : null;
        for (var shard = 0; shard < workload.ShardCount; shard++)
        {
            var rows = hits.Where(hit => workload.ShardOf(hit.Key) == shard).ToArray();
            workload.Add(shard, new SearchOperation(workload.NextNumber(), client, began, Guarantee(consistency), model, rows, worst) { Node = node });
        }
    }

    /// <summary>The rows of one shard, as its first read copy has them.</summary>
    public async Task ListCopyAsync(Consistency consistency, int shard, int limit)
    {
        var began = workload.Now;
        var address = new ShardAddress(workload.Database.Id, shard);
        if (await ReadAsync(consistency, null, (n, options) => n.CallCopyAsync(address, copy => copy.List(null, 0, limit, ToShard(options)))) is not var (page, node))
            return;
        var guarantee = consistency == Consistency.Eventual ? History.ReadGuarantee.Following : Guarantee(consistency);
        workload.Add(shard, new ListOperation(workload.NextNumber(), client, began, guarantee, 0, limit, [.. page.Vectors.Select(Row)]) { Node = node + " copy" });
        workload.Add(shard, new CountOperation(workload.NextNumber(), client, began, guarantee, page.Count) { Node = node + " copy" });
        workload.Did("reads of copies");
    }

    private ShardRead ToShard(ReadOptions options) => new()
    {
        MapVersion = workload.Database.ShardMap.Version,
        Consistency = options.Consistency,
        Deadline = options.Deadline,
        IncludeValues = true,
        IncludeMetadata = true,
    };

    public static SearchQuery ToQuery(SearchModel model) => new()
    {
        Query = MemoryMarshal.AsBytes(model.Query.AsSpan()).ToArray(),
        TopK = model.TopK,
        Filter = model.Group is { } group ? Encoding.UTF8.GetBytes($$"""{"group":{{group}}}""") : null,
        Exact = model.IsExact,
        Read = new ReadOptions(),
    };

    /// <exception cref="ViolationException">A hit is not as far away as it is said to be.</exception>
    public static void CheckDistances(SearchModel model, IReadOnlyList<SearchHit> hits, IReadOnlyList<SeenRow> rows)
    {
        foreach (var (hit, row) in hits.Zip(rows))
        {
            var expected = model.IsDot ? model.Distance(row) : MathF.Sqrt(model.Distance(row));
            if (Math.Abs(hit.Distance - expected) > 1e-4f)
                throw new ViolationException($"{row} is {expected} away from {model}, the answer says {hit.Distance}.");
        }
    }

    /// <exception cref="ViolationException">It is not as it was written.</exception>
    public static SeenRow Row(VectorRecord record) => new(record.Id, SimulatedVector.TagOf(record.Id, record.Values, record.Metadata), record.Version);

    private static History.ReadGuarantee Guarantee(Consistency consistency) => consistency switch
    {
        Consistency.Strong => History.ReadGuarantee.Strong,
        Consistency.Bounded => History.ReadGuarantee.Bounded,
        _ => History.ReadGuarantee.Eventual,
    };

    /// <returns>Null when there was no answer: then there is nothing to check.</returns>
    private async Task<(T Answer, string Node)?> ReadAsync<T>(Consistency consistency, string? position, Func<SimulatedNode, ReadOptions, Task<T>> read)
    {
        if (calls.Cluster.Pick(_chance) is not { } node)
        {
            await calls.PauseAsync(calls.Faults.Span(0.001, 0.2));
            return null;
        }

        var patience = calls.Faults.Span(0.2, 15);
        string? refusal = null;
        try
        {
            var answer = await calls.CallAsync(
                node,
                n => read(n, new ReadOptions { Consistency = consistency, MinPosition = position, Deadline = n.Process.Clock.GetUtcNow() + patience }),
                patience + TimeSpan.FromSeconds(1));
            return (answer, node.Process.Name);
        }
        catch (Exception problem) when (problem is JadeException or TimeoutException)
        {
            refusal = (problem as JadeException)?.Code ?? "time-out";
            return refusal is "internal_error" or "invalid_argument" ? throw new ViolationException($"A read was answered with '{refusal}': {problem.Message}") : null;
        }
        finally
        {
            workload.Count(refusal);
        }
    }
}
