using System.Globalization;
using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;
using JadeVector.Simulation.Nodes;

namespace JadeVector.Simulation.Clients;

/// <summary>
/// A database that was made from a kept state of the first one, or as a branch of it. What it begins with goes into the history of the first; then
/// it lives on by itself: one client, one write after the other, so its state is known at every moment.
/// </summary>
/// <param name="Name">Of its own.</param>
/// <param name="Kind">How it was made, as it is counted.</param>
/// <param name="Began">Not before this the state that it has was there.</param>
/// <param name="Sequences">The sequence number by shard that it has, or (<paramref name="IsPartial"/>) at most has; null for a branch.</param>
/// <param name="IsPartial">It was to leave out what was written after some moment.</param>
internal sealed record MadeDatabase(string Name, string Kind, Moment Began, IReadOnlyList<ulong>? Sequences, bool IsPartial)
{
    private const int SearchAll = 1000;

    private readonly SortedDictionary<string, SeenRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ulong> _last = [];
    private VectorWrite? _pending;
    private int _tag; // of what is pending
    private int _requests;

    /// <summary>Null while it is not known.</summary>
    public string? Id { get; set; }

    /// <summary>By when the state was there that it has; null while not even its maker knows it to be made.</summary>
    public Moment? Ended { get; set; }

    /// <summary>Whether it was read for the first time, and what it begins with is known.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Asks for everything and compares.</summary>
    /// <returns>Whether there was an answer; none is asked for while the fate of a write is open.</returns>
    /// <exception cref="ViolationException">It is not what it must be.</exception>
    public async Task<bool> ReadAsync(ControlRequests control, Workload workload)
    {
        if (_pending is not null && !await SendAsync(control, workload))
            return false;
        var (page, _) = await control.TryAsync((node, cancellation) =>
            node.Vectors.ListAsync(Id!, 0, 10_000, null, new ReadOptions { Consistency = Consistency.Strong, Deadline = Deadline(node) }, cancellation));
        if (page is null)
            return false;
        var rows = page.Vectors.Select(ClientReads.Row).ToArray();
        if (!IsKnown)
            Begin(workload, rows);
        else if (!rows.OrderBy(row => row.Key, StringComparer.Ordinal).SequenceEqual(_rows.Values))
            throw new ViolationException($"{Name} has [{string.Join(", ", rows.Select(row => row.ToString()))}], not [{string.Join(", ", _rows.Values)}].");
        return true;
    }

    /// <summary>Searches everything and compares.</summary>
    /// <exception cref="ViolationException">It is not what it must be.</exception>
    public async Task SearchAsync(ControlRequests control, Workload workload)
    {
        if (_pending is not null || !IsKnown)
            return;
        var model = new SearchModel(
            SimulatedVector.Values(workload.Chance.Next(1, 500)), workload.Database.Settings.Metric == SimilarityMetric.Dot, SearchAll, null, IsExact: true);
        var (reply, _) = await control.TryAsync((node, cancellation) => node.Planner.SearchAsync(
            Id!, ClientReads.ToQuery(model) with { Read = new ReadOptions { Consistency = Consistency.Strong, Deadline = Deadline(node) } }, cancellation));
        if (reply is null)
            return;
        var hits = reply.Hits.Select(hit => new SeenRow(hit.Id, SimulatedVector.TagOf(hit.Id, hit.Values, hit.Metadata), hit.Version)).ToArray();
        ClientReads.CheckDistances(model, reply.Hits, hits);
        if (!model.Agrees(ShardState.Of(0, _rows.Values), hits, null))
            throw new ViolationException($"{Name} answers {model} with [{string.Join(", ", hits)}], where there is [{string.Join(", ", _rows.Values)}].");
    }

    /// <summary>Writes one thing.</summary>
    public async Task WriteAsync(ControlRequests control, Workload workload)
    {
        if (!IsKnown || _pending is not null)
            return;
        var key = workload.RandomKey();
        _tag = workload.Chance.Next(3) == 0 ? 0 : workload.NextTag();
        _requests++;
        _pending = _tag == 0
            ? new VectorWrite { Kind = WriteKind.Delete, Id = key }
            : new VectorWrite { Kind = WriteKind.Upsert, Id = key, Values = SimulatedVector.Bytes(_tag), Metadata = SimulatedVector.Metadata(_tag) };
        await SendAsync(control, workload);
    }

    private static DateTimeOffset Deadline(SimulatedNode node) => node.Process.Clock.GetUtcNow() + TimeSpan.FromSeconds(10);

    private void Begin(Workload workload, IReadOnlyList<SeenRow> rows)
    {
        for (var shard = 0; shard < workload.ShardCount; shard++)
        {
            var own = rows.Where(row => workload.ShardOf(row.Key) == shard).ToArray();
            var (sequence, most) = Sequences is null ? (null, ulong.MaxValue) : IsPartial ? ((ulong?)null, Sequences[shard]) : (Sequences[shard], Sequences[shard]);
            var guarantee = IsPartial ? ReadGuarantee.Eventual : ReadGuarantee.Strong;
            workload.AddEnded(shard, new CopyOperation(workload.NextNumber(), Name, Began, guarantee, sequence, most, own) { Ended = Ended });
            _last[shard] = sequence ?? own.Select(row => row.Version).DefaultIfEmpty().Max();
        }

        foreach (var row in rows)
            _rows.Add(row.Key, row);
        IsKnown = true;
        workload.Did(Kind);
    }

    /// <returns>Whether its fate is known.</returns>
    private async Task<bool> SendAsync(ControlRequests control, Workload workload)
    {
        var write = _pending!;
        var (reply, refusal) = await control.TryAsync((node, cancellation) => node.Vectors.WriteAsync(
            Id!, [write], new WriteOptions { RequestId = string.Create(CultureInfo.InvariantCulture, $"{Name}-{_requests}"), Deadline = Deadline(node) }, cancellation));
        if (refusal is "invalid_argument" or "conflict" or "request_id_reused")
            throw new ViolationException($"{Name} answered a write with '{refusal}'.");
        if (reply is null || reply.Items[0].Status == WriteStatus.Failed)
            return false;
        Take(write, reply.Items[0], workload.ShardOf(write.Id));
        _pending = null;
        return true;
    }

    private void Take(VectorWrite write, WriteItemResult result, int shard)
    {
        var existed = _rows.ContainsKey(write.Id);
        var expected = (_tag == 0, existed) switch
        {
            (true, true) => WriteStatus.Deleted,
            (true, false) => WriteStatus.NotFound,
            (false, true) => WriteStatus.Replaced,
            _ => WriteStatus.Created,
        };
        var isNext = Sequences is null || IsPartial ? result.Version > _last[shard] : result.Version == _last[shard] + 1;
        if (result.Status != expected || (expected != WriteStatus.NotFound && !isNext))
            throw new ViolationException($"{Name}: writing {write.Id} was {result.Status} v{result.Version}, after v{_last[shard]} and where there was {(existed ? _rows[write.Id] : "none")}.");
        if (expected == WriteStatus.NotFound)
            return;
        _last[shard] = result.Version;
        if (_tag == 0)
            _rows.Remove(write.Id);
        else
            _rows[write.Id] = new SeenRow(write.Id, _tag, result.Version);
    }
}
