using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Engine.Shards;

namespace JadeVector.Tests.Engine.MetadataIndexes;

/// <summary>Rows that are only metadata, and one index over all of them.</summary>
internal sealed class IndexedDocuments : IDisposable
{
    private static readonly ShardConfig Config = new(1, Metric.Euclidean, ShardIndexKind.Flat, M: 8, EfConstruction: 64, EfSearch: 32);

    private readonly GrowingPart _part = new(Config);

    public IndexedDocuments(IEnumerable<string> documents)
    {
        _part.Retain();
        var builder = new MetadataIndexBuilder();
        foreach (var document in documents)
        {
            var (id, metadata) = (Encoding.UTF8.GetBytes($"v{Count}"), Encoding.UTF8.GetBytes(document));
            var place = new RowPlace { IdLength = (ushort)id.Length, MetadataLength = metadata.Length, TextLength = -1 };
            _part.Append(new byte[sizeof(float)], [.. id, .. metadata], place, ShardRanges.HashOf(id), (ulong)Count + 1);
            builder.Add(metadata);
        }

        Index = MetadataIndex.From(builder);
    }

    public int Count => _part.Count;

    public MetadataIndex Index { get; }

    private FilterEvaluator Evaluator => new(Index, _part, first: 0);

    public static Filter Parse(string filter) => Filter.Parse(Encoding.UTF8.GetBytes(filter));

    /// <summary>What the index answers.</summary>
    public int[] Matches(string filter)
    {
        using var rows = Evaluator.Evaluate(Parse(filter), default);
        var matches = new List<int>();
        foreach (var row in rows)
            matches.Add(row);
        return [.. matches];
    }

    public RowEstimate Estimate(string filter) => Evaluator.Estimate(Parse(filter));

    /// <summary>What the filter itself answers, row by row.</summary>
    public int[] Scan(string filter)
    {
        var parsed = Parse(filter);
        return [.. Enumerable.Range(0, Count).Where(row => parsed.Matches(_part.Metadata(row), _part.Id(row)))];
    }

    public void Dispose() => _part.Release();
}
