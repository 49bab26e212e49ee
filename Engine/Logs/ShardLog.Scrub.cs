using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Logs;

/// <summary>Reads what is stored besides segments once more.</summary>
internal sealed partial class ShardLog
{
    /// <summary>Reads the manifest, the lists beside the segments, and the logs to their end.</summary>
    /// <exception cref="BlobDamagedException">One of them is not what was written.</exception>
    /// <exception cref="RefusalException"><c>gone</c>, <c>storage_unavailable</c>.</exception>
    public async Task CheckStoredAsync(CancellationToken cancellation)
    {
        while (!_isUnborn)
        {
            var manifest = (await _manifests.ReadLivingAsync(_store.DefaultDeadline, cancellation)).Manifest;
            try
            {
                await CheckStoredAsync(manifest, cancellation);
                return;
            }
            catch (Exception problem) when (problem is BlobDamagedException or LogMissingException)
            {
                // A checkpoint that came in between deletes what the manifest that was read had named: that is no damage.
                var current = (await _manifests.ReadLivingAsync(_store.DefaultDeadline, cancellation)).Manifest;
                if (current.EditNonce == manifest.EditNonce)
                {
                    throw problem is LogMissingException missing ? new BlobDamagedException(missing.Blob, "it is missing though the manifest leads to it") : problem;
                }
            }
        }
    }

    private async Task CheckStoredAsync(ShardManifest manifest, CancellationToken cancellation)
    {
        foreach (var deletes in manifest.Segments.Select(s => s.DeletesBlob).OfType<string>())
        {
            await CheckedBlob.ReadAsync(_store.Blobs, Address.Blob(deletes), CheckedBlob.DeletesMagic.ToArray(), cancellation);
        }

        if (manifest.RequestsBlob is { } requests)
        {
            await CheckedBlob.ReadAsync(_store.Blobs, Address.Blob(requests), CheckedBlob.RequestsMagic.ToArray(), cancellation);
        }

        var cursor = new LogCursor(_store, Address);
        cursor.Start(manifest);
        while (await cursor.NextAsync(_store.DefaultDeadline, cancellation) is not null)
        {
            // Reading a frame checks it.
        }
    }
}
