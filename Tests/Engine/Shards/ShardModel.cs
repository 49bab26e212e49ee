using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Shards;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>What a shard is, said as simply as possible: a dictionary and a counter.</summary>
internal sealed class ShardModel(Metric metric)
{
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, WriteOutcome> _answers = [];

    public int Count => _entries.Count;

    public ulong Sequence { get; private set; }

    public IReadOnlyDictionary<string, Entry> Entries => _entries;

    public ulong VersionOf(string id) => _entries.GetValueOrDefault(id)?.Version ?? 0;

    public WriteOutcome Apply(WriteBatch batch)
    {
        if (batch.RequestId is { } request && _answers.TryGetValue(request, out var answer))
            return answer;
        var before = _entries.ToDictionary();
        var sequenceBefore = Sequence;
        var outcomes = batch.Items.Select(ApplyOne).ToArray();
        bool Failed(int i) => outcomes[i].Status is WriteItemStatus.NotFound or WriteItemStatus.VersionConflict && (batch.Items[i].IfVersion is not null || batch.Items[i].MustExist);
        if (batch.Atomic && Enumerable.Range(0, outcomes.Length).Any(Failed))
        {
            _entries.Clear();
            foreach (var (id, entry) in before)
                _entries.Add(id, entry);
            Sequence = sequenceBefore;
            outcomes = [.. outcomes.Select((o, i) => !Failed(i) ? new WriteItemOutcome(WriteItemStatus.NotAttempted, 0)
                : o.Status is WriteItemStatus.VersionConflict ? o with { Version = VersionOf(Name(batch.Items[i])) } : o)];
        }

        var outcome = new WriteOutcome(outcomes, Sequence);
        if (batch.RequestId is not null)
            _answers.Add(batch.RequestId, outcome);
        return outcome;
    }

    public IReadOnlyList<(string Id, float Distance)> Nearest(float[] query, int k, Func<Entry, bool>? matches = null)
    {
        var unit = Unit(query);
        return [.. _entries.Where(e => matches is null || matches(e.Value))
            .Select(e => (Id: e.Key, Distance: DistanceKernels.Compute(metric, unit, Unit(e.Value.Values))))
            .OrderBy(e => e.Distance).ThenBy(e => e.Id, StringComparer.Ordinal).Take(k)];
    }

    private static string Name(WriteItem item) => Encoding.UTF8.GetString(item.Id.Span);

    private WriteItemOutcome ApplyOne(WriteItem item)
    {
        var id = Name(item);
        var current = VersionOf(id);
        if (item.MustExist && current == 0)
            return new WriteItemOutcome(WriteItemStatus.NotFound, 0);
        if (item.IfVersion is { } version && version != current)
            return new WriteItemOutcome(WriteItemStatus.VersionConflict, current);
        if (item.Kind is WriteItemKind.Delete)
        {
            if (!_entries.Remove(id))
                return new WriteItemOutcome(WriteItemStatus.NotFound, 0);
            return new WriteItemOutcome(WriteItemStatus.Deleted, ++Sequence);
        }

        _entries[id] = new Entry(MemoryMarshal.Cast<byte, float>(item.Values.Span).ToArray(), item.Metadata?.ToArray(), item.Text, ++Sequence);
        return new WriteItemOutcome(current == 0 ? WriteItemStatus.Created : WriteItemStatus.Replaced, Sequence);
    }

    private float[] Unit(float[] values)
    {
        var copy = values.ToArray();
        if (metric is Metric.Cosine)
            DistanceKernels.Normalize(copy);
        return copy;
    }

    internal sealed record Entry(float[] Values, byte[]? Metadata, string? Text, ulong Version);
}
