using JadeVector.Engine;
using JadeVector.Engine.Manifests;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;

namespace JadeVector.Grains.Shards;

/// <summary>A shard that nobody has written to has no blob: what it is, its database's control plane says, which also makes it.</summary>
public sealed partial class ShardGrain : IShardBirths
{
    private static readonly TimeSpan BirthPause = TimeSpan.FromMilliseconds(100);

    private IDatabaseShardsGrain Database => GrainFactory.GetGrain<IDatabaseShardsGrain>(_address.DatabaseId);

    async Task<ShardBirth?> IShardBirths.FindAsync()
    {
        var asked = Database.DescribeUnborn(_address.Shard);
        if (!await IsAnswered(asked))
        {
            throw new JadeException(RefusalCodes.Loading, $"Shard {_address} was made while it was opened; ask again.", _address.Shard);
        }

        if (await ControlCalls.Run(asked, CancellationToken.None) is not { } description)
        {
            return null;
        }

        var ranges = description.ShardMap.Ranges.Where(range => range.Shard == _address.Shard).ToArray();
        return ranges.Length == 0 ? null : ShardMaps.Birth(description, ranges[0]);
    }

    async Task IShardBirths.BearAsync()
    {
        var making = Database.MakeShard(_address.Shard);
        if (await IsAnswered(making))
        {
            await ControlCalls.Run(making, CancellationToken.None);
        }
    }

    async Task IShardBirths.ConfirmAsync()
    {
        if (!await ControlCalls.Run(Database.IsShardMade(_address.Shard), CancellationToken.None))
        {
            await ControlCalls.Run(Database.MakeShard(_address.Shard), CancellationToken.None);
        }
    }

    /// <summary>
    /// Waits for the database's answer, unless it makes the shard on its own account meanwhile, as for a snapshot: then it may be waiting for this shard, and
    /// does not get to the question before that.
    /// </summary>
    /// <returns>False when the shard was made first; the answer comes later and changes nothing.</returns>
    private async Task<bool> IsAnswered(Task asked)
    {
        while (!await EndsSoon(asked, BirthPause))
        {
            if (await ControlCalls.Run(Database.IsShardMade(_address.Shard), CancellationToken.None))
            {
                return false;
            }
        }

        return true;
    }
}
