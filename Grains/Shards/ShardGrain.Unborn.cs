using JadeVector.Engine.Manifests;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>A shard that nobody has written to has no blob: what it is, its database's control plane says, which also makes it.</summary>
public sealed partial class ShardGrain : IShardBirths
{
    private IDatabaseShardsGrain Database => GrainFactory.GetGrain<IDatabaseShardsGrain>(_address.DatabaseId);

    async Task<ShardBirth?> IShardBirths.FindAsync()
    {
        if (await Database.DescribeUnborn(_address.Shard) is not { } description)
        {
            return null;
        }

        var ranges = description.ShardMap.Ranges.Where(range => range.Shard == _address.Shard).ToArray();
        return ranges.Length == 0 ? null : ShardMaps.Birth(description, ranges[0]);
    }

    Task IShardBirths.BearAsync() => Database.MakeShard(_address.Shard);

    async Task IShardBirths.ConfirmAsync()
    {
        if (!await Database.IsShardMade(_address.Shard))
        {
            await Database.MakeShard(_address.Shard);
        }
    }
}
