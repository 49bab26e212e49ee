using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>A shard without a blob.</summary>
internal sealed partial class ShardLog
{
    /// <summary>Has the shard made, if nobody else has meanwhile, and goes on from its manifest.</summary>
    private async Task BeBornAsync(UnbornShard unborn, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (await _manifests.ReadAsync(deadline, cancellation) is null)
        {
            await unborn.BearAsync();
        }

        var manifest = (await _manifests.ReadLivingAsync(deadline, cancellation)).Manifest;
        if (manifest.CoveredSequence > 0 || manifest.Segments.Count > 0)
        {
            throw Fenced("another owner has written to it since it was opened");
        }

        _manifest = manifest;
        _followed = manifest.EditNonce;
        _cursor.Start(manifest);
        _unborn = null;
    }

    /// <summary>Nobody has written to it as long as it has no manifest.</summary>
    private async Task VerifyUnbornAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (await _manifests.ReadAsync(deadline, cancellation) is not null)
        {
            throw Fenced("it has been written to since it was opened");
        }
    }

    private static ShardManifest ManifestOf(ShardAddress address, ShardBirth birth) => new()
    {
        DatabaseId = address.DatabaseId,
        Shard = address.Shard,
        State = ShardState.Active,
        Epoch = 0,
        OwnerNonce = 0,
        EditCounter = 0,
        EditNonce = 0,
        FirstHash = birth.FirstHash,
        LastHash = birth.LastHash,
        MapVersion = birth.MapVersion,
        Config = birth.Config,
        LiveLog = "",
        LiveFirstSequence = 1,
    };
}
