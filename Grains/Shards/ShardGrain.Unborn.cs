using JadeVector.Engine.Manifests;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>A shard that nobody has written to has no blob: what it is, its database's control plane says, which also makes it.</summary>
public sealed partial class ShardGrain
{
    private async Task<UnbornShard?> FindUnborn()
    {
        var database = GrainFactory.GetGrain<IDatabaseShardsGrain>(_address.DatabaseId);
        if (await database.DescribeUnborn(_address.Shard) is not { } description)
        {
            return null;
        }

        var ranges = description.ShardMap.Ranges.Where(range => range.Shard == _address.Shard).ToArray();
        return ranges.Length == 0 ? null : new UnbornShard(ShardMaps.Birth(description, ranges[0]), () => database.MakeShard(_address.Shard));
    }
}
