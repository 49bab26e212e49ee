using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>Random histories against an obvious model; a failure names seed, step and operation.</summary>
public sealed class ShardHistoryTests
{
    private const int StepCount = 100;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_histories_agree_with_a_dictionary(int block)
    {
        for (var seed = block * 50; seed < (block + 1) * 50; seed++)
            await new History(seed).RunAsync();
    }

    private sealed class History(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<WriteBatch> _sent = [];
        private ShardModel _model = null!;
        private ShardBench _bench = null!;
        private Shard _shard = null!;
        private string _where = "";

        public async Task RunAsync()
        {
            var metric = (Metric)(seed % 3);
            _bench = await ShardBench.CreateAsync(ShardBench.ConfigOf(3, metric, seed % 2 == 0 ? ShardIndexKind.Hnsw : ShardIndexKind.Flat), seed: seed);
            await using var bench = _bench;
            _model = new ShardModel(metric);
            _shard = await _bench.OpenAsync();
            for (var step = 0; step < StepCount; step++)
            {
                var operation = _random.Next(20);
                _where = $"seed {seed}, step {step}, operation {operation}";
                try
                {
                    await StepAsync(operation);
                }
                catch (Exception problem) when (problem is not Xunit.Sdk.XunitException)
                {
                    throw new InvalidOperationException(_where, problem);
                }
            }

            CheckAll();
        }

        private async Task StepAsync(int operation)
        {
            switch (operation)
            {
                case < 12:
                    await WriteAsync();
                    break;
                case 12:
                    await RetryAsync();
                    break;
                case 13:
                    await _shard.CheckpointAsync(default);
                    CheckAll();
                    break;
                case 14:
                    await _shard.DisposeAsync();
                    _shard = await _bench.OpenAsync();
                    CheckAll();
                    break;
                case 15:
                    CheckPages();
                    break;
                default:
                    CheckSearch();
                    break;
            }
        }

        private async Task WriteAsync()
        {
            var batch = new WriteBatch
            {
                RequestId = _random.Next(2) == 0 ? null : $"request-{_sent.Count}-{_random.Next()}",
                Atomic = _random.Next(3) == 0,
                Items = [.. Enumerable.Range(0, _random.Next(1, 6)).Select(_ => RandomItem())],
            };
            Compare(_model.Apply(batch), await _shard.WriteAsync(batch, default));
            if (batch.RequestId is not null)
                _sent.Add(batch);
        }

        private async Task RetryAsync()
        {
            if (_sent.Count == 0)
                return;
            var again = _sent[_random.Next(_sent.Count)];
            Compare(_model.Apply(again), await _shard.WriteAsync(again, default));
        }

        private WriteItem RandomItem()
        {
            var id = "v" + _random.Next(15).ToString(CultureInfo.InvariantCulture);
            ulong? ifVersion = _random.Next(4) switch { 0 => 0, 1 => _model.VersionOf(id), _ => null };
            var mustExist = _random.Next(6) == 0;
            if (_random.Next(4) == 0)
                return ShardBench.Delete(id, ifVersion, mustExist);
            var metadata = _random.Next(3) == 0 ? null : $$"""{"n":{{_random.Next(3)}}}""";
            return ShardBench.Put(id, RandomVector(), metadata, _random.Next(2) == 0 ? null : "text " + _random.Next(100), ifVersion, mustExist);
        }

        // Small whole numbers: many vectors are equally far, so that ties are tested all the time. Never zero: cosine refuses that.
        private float[] RandomVector() => [_random.Next(1, 4), _random.Next(-2, 3), _random.Next(-2, 3)];

        private void Compare(WriteOutcome expected, WriteOutcome actual)
        {
            Assert.True(expected.Sequence == actual.Sequence, $"{_where}: sequence {actual.Sequence} in place of {expected.Sequence}");
            Assert.True(expected.Items.SequenceEqual(actual.Items), $"{_where}: [{string.Join(", ", actual.Items)}] in place of [{string.Join(", ", expected.Items)}]");
        }

        private void CheckAll()
        {
            for (var i = 0; i < 15; i++)
                CheckRow("v" + i.ToString(CultureInfo.InvariantCulture), ShardBench.Get(_shard, "v" + i.ToString(CultureInfo.InvariantCulture)));
            CheckPages();
            CheckSearch();
        }

        private void CheckRow(string id, VectorRow? row)
        {
            var expected = _model.Entries.GetValueOrDefault(id);
            Assert.True((expected is null) == (row is null), $"{_where}: {id} is {(row is null ? "lost" : "back from the dead")}");
            if (expected is null || row is null)
                return;
            var same = row.Version == expected.Version && row.Text == expected.Text
                && row.Values!.AsSpan().SequenceEqual(MemoryMarshal.AsBytes(expected.Values.AsSpan()))
                && (expected.Metadata is null ? row.Metadata is null : row.Metadata.AsSpan().SequenceEqual(expected.Metadata));
            Assert.True(same, $"{_where}: {id} is not what was written");
        }

        private void CheckPages()
        {
            var limit = _random.Next(1, 8);
            var rows = new List<VectorRow>();
            ulong? cursor = null;
            do
            {
                var page = _shard.List(cursor, 0, limit, true, true);
                Assert.True(page.Count == _model.Count, $"{_where}: count {page.Count} in place of {_model.Count}");
                rows.AddRange(page.Rows);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            var expected = _model.Entries.OrderBy(e => e.Value.Version).Select(e => e.Key).ToArray();
            Assert.True(expected.SequenceEqual(rows.Select(r => r.IdText)), $"{_where}: the pages are not all vectors in order of age");
            var skip = _random.Next(20);
            Assert.True(expected.Skip(skip).Take(limit).SequenceEqual(_shard.List(null, skip, limit, false, false).Rows.Select(r => r.IdText)), $"{_where}: skip {skip}");
            foreach (var row in rows)
                CheckRow(row.IdText, row);
        }

        private void CheckSearch()
        {
            var query = RandomVector();
            var k = _random.Next(1, 20);
            var filtered = _random.Next(2) == 0;
            var wanted = Encoding.UTF8.GetBytes("""{"n":1}""");
            var found = _shard.Search(
                new ShardQuery { Query = ShardBench.Bytes(query), TopK = k, Exact = _random.Next(2) == 0, Filter = filtered ? Filter.Parse(wanted) : null }, default);
            var expected = _model.Nearest(query, k, e => !filtered || e.Metadata.AsSpan().SequenceEqual(wanted));
            var same = expected.Select(e => e.Id).SequenceEqual(found.Hits.Select(h => h.Vector.IdText));
            Assert.True(same, $"{_where}: found {string.Join(",", found.Hits.Select(h => h.Vector.IdText))} in place of {string.Join(",", expected.Select(e => e.Id))}");
        }
    }
}
