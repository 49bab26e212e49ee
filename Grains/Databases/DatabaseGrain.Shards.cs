using JadeVector.Engine;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

// The shards of a new database have no blobs: they are made one by one, when they are first written to, and all at once before something
// is kept of them. The record is written before and after, under If-Match: an activation that has been left behind cannot make a shard of a
// database that was deleted since and have it written to (a shard that nobody has owned yet is confirmed first), and a shard that was made is never again taken for an empty one, whatever becomes of its manifest.
public sealed partial class DatabaseGrain : IDatabaseShardsGrain
{
    /// <inheritdoc/>
    public async Task<DatabaseDescription?> DescribeUnborn(int shard)
    {
        if (state.State.Description is not { State: DatabaseState.Active } description)
        {
            return null;
        }

        if (!state.State.MadeShards.Contains(shard))
        {
            return description;
        }

        throw await ShardManifests.ReadAsync(context, new ShardAddress(Id, shard), CancellationToken.None) is null
            ? new JadeException(RefusalCodes.ShardDamaged, $"The manifest of shard {Id}/{shard} is missing.", shard)
            : new JadeException(RefusalCodes.Loading, $"Shard {Id}/{shard} was made while it was opened; ask again.", shard);
    }

    /// <inheritdoc/>
    public async Task MakeShard(int shard)
    {
        var description = await Active();
        await MakeShards(description, description.ShardMap.Ranges.Where(range => range.Shard == shard));
    }

    /// <inheritdoc/>
    public Task<bool> IsShardMade(int shard)
    {
        if (state.State.Description is null && !_isWriting)
        {
            DeactivateOnIdle();
            throw new JadeException(RefusalCodes.Gone, $"There is no database '{Id}'.", shard);
        }

        return Task.FromResult(!_isWriting && state.State.Description is { State: DatabaseState.Active } && state.State.MadeShards.Contains(shard));
    }

    /// <summary>Replicas follow manifests.</summary>
    private Task MakeShardsForReplicas(DatabaseDescription description) =>
        description.Settings.ReplicationFactor > 1 ? MakeShards(description, description.ShardMap.Ranges) : Task.CompletedTask;

    private async Task MakeShards(DatabaseDescription description, IEnumerable<ShardRange> ranges)
    {
        var missing = ranges.Where(range => !state.State.MadeShards.Contains(range.Shard)).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        await Write(description);
        foreach (var range in missing)
        {
            var address = new ShardAddress(Id, range.Shard);
            if (await ShardManifests.ReadAsync(context, address, CancellationToken.None) is null)
            {
                await ShardManifests.CreateAsync(context, address, ShardMaps.Birth(description, range), CancellationToken.None);
            }
        }

        state.State.MadeShards.AddRange(missing.Select(range => range.Shard));
        await Write(description);
    }
}
