using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class WriteBatchesTests
{
    private static readonly ShardMap Map = ShardMaps.Create(4);

    [Fact]
    public void Every_item_goes_to_its_shard_once_and_in_order()
    {
        var items = Items(500, 400);
        var batches = WriteBatches.Split(items, Map, atomic: false);
        Assert.Equal(Enumerable.Range(0, 500), batches.SelectMany(batch => batch.Indexes).Order());
        Assert.All(batches, batch => Assert.Equal(batch.Indexes.Order(), batch.Indexes));
        Assert.All(batches, batch => Assert.All(batch.Items, item => Assert.Equal(batch.Shard, ShardMaps.ShardOf(Map, item.Id))));
        Assert.All(batches, batch => Assert.Equal(batch.Indexes.Select(index => items[index]), batch.Items));
    }

    [Fact]
    public void No_batch_is_larger_than_a_frame_may_be()
    {
        var batches = WriteBatches.Split(Items(300, 64 * 1024), Map, atomic: false);
        Assert.All(batches, batch => Assert.True(batch.Items.Sum(item => item.Values!.Length) <= WriteBatches.SizeBytesMax));
        Assert.True(batches.Count > 4);
    }

    [Fact]
    public void The_same_request_splits_into_the_same_request_ids()
    {
        string[] Ids() => [.. WriteBatches.Split(Items(300, 64 * 1024), Map, atomic: false).Select(batch => batch.RequestIdFrom("key"))];
        Assert.Equal(Ids(), Ids());
        Assert.Equal(Ids().Length, Ids().Distinct().Count());
    }

    [Fact]
    public void An_atomic_batch_over_two_shards_is_refused() =>
        Assert.Equal("atomic_cross_shard", Assert.Throws<JadeException>(() => WriteBatches.Split(Items(10, 4), Map, atomic: true)).Code);

    [Fact]
    public void An_atomic_batch_within_one_shard_passes()
    {
        var alike = Items(100, 4).Where(item => ShardMaps.ShardOf(Map, item.Id) == 2).ToArray();
        Assert.Equal(2, Assert.Single(WriteBatches.Split(alike, Map, atomic: true)).Shard);
    }

    [Fact]
    public void An_item_larger_than_a_frame_is_refused_with_the_limit()
    {
        var refusal = Assert.Throws<JadeException>(() => WriteBatches.Split(Items(1, WriteBatches.SizeBytesMax + 1), Map, atomic: false));
        Assert.Equal("limit_exceeded", refusal.Code);
        Assert.Contains(WriteBatches.SizeBytesMax.ToString(), refusal.Message, StringComparison.Ordinal);
    }

    private static VectorWrite[] Items(int count, int valueBytes) =>
        [.. Enumerable.Range(0, count).Select(i => new VectorWrite { Kind = WriteKind.Upsert, Id = $"v{i}", Values = new byte[valueBytes] })];
}
