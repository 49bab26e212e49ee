using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;
using Xunit;

namespace JadeVector.Tests.Engine.Witnesses;

public sealed class StoreWitnessTests
{
    private static readonly ShardAddress Shard = new("db_1", 0);

    [Fact]
    public void What_was_seen_never_gets_less()
    {
        var witness = new StoreWitness();
        witness.Saw(Shard, new ShardSighting(3, 33, 10, "1-a", 500));
        witness.Saw(Shard, new ShardSighting(2, 22, 11, "1-a", 600));
        Assert.Equal(new ShardSighting(3, 33, 11, "1-a", 600), witness.Find(Shard));
        witness.Saw(Shard, new ShardSighting(4, 44, 5, "1-b", 100));
        Assert.Equal(new ShardSighting(4, 44, 11, "1-a", 600), witness.Find(Shard));
        witness.Saw(Shard, new ShardSighting(0, 0, 11, "1-a", 700)); // a batch that took no sequence number
        Assert.Equal(700, witness.Find(Shard).LogBytes);
    }

    [Fact]
    public void Shards_not_seen_for_long_are_forgotten_first()
    {
        var records = new Records();
        var witness = new StoreWitness(records, shardsMax: 4);
        for (ulong i = 1; i <= 40; i++)
        {
            witness.Saw(new ShardAddress("db_2", (int)i), ShardSighting.None with { Sequence = i });
            witness.Saw(Shard, ShardSighting.None with { Sequence = i });
        }

        Assert.Equal(40ul, witness.Find(Shard).Sequence);
        Assert.Equal(ShardSighting.None, witness.Find(new ShardAddress("db_2", 1)));
        Assert.InRange(witness.Shards.Count, 2, 4);
        Assert.Equal(witness.Shards.Order(Comparer<ShardAddress>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))),
            records.Kept.Keys.Order(Comparer<ShardAddress>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()))));
    }

    [Fact]
    public void Forgotten_shard_was_never_seen()
    {
        var records = new Records();
        var witness = new StoreWitness(records);
        witness.Saw(Shard, new ShardSighting(3, 33, 10, "1-a", 500));
        witness.Forget(Shard);
        Assert.Equal(ShardSighting.None, witness.Find(Shard));
        Assert.Empty(records.Kept);
    }

    private sealed class Records : IWitnessRecords
    {
        internal Dictionary<ShardAddress, ShardSighting> Kept { get; } = [];

        public string? Problem => null;

        public IReadOnlyDictionary<ShardAddress, ShardSighting> Load() => Kept;

        public void Write(ShardAddress shard, ShardSighting sighting) => Kept[shard] = sighting;

        public void Remove(ShardAddress shard) => Kept.Remove(shard);
    }
}
