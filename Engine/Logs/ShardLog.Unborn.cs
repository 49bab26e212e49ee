using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>A shard without a blob.</summary>
internal sealed partial class ShardLog
{
    /// <summary>
    /// Has the shard made, if nobody else has meanwhile, and goes on from its manifest. One that was made and never owned is confirmed: it may have
    /// been made late, of a database that was deleted meanwhile.
    /// </summary>
    private async Task BeBornAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_births is null || _manifest.Epoch > 0)
        {
            return;
        }

        if (_isUnborn && await _manifests.ReadAsync(deadline, cancellation) is null)
        {
            await _births.BearAsync();
        }
        else
        {
            await _births.ConfirmAsync();
        }

        if (!_isUnborn)
        {
            return;
        }

        var manifest = (await _manifests.ReadLivingAsync(deadline, cancellation)).Manifest;
        if (manifest.CoveredSequence > 0 || manifest.Segments.Count > 0)
        {
            throw Fenced("another owner has written to it since it was opened");
        }

        _manifest = manifest;
        _followed = manifest.EditNonce;
        _cursor.Start(manifest);
        _isUnborn = false;
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
