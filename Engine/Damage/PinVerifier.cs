using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

/// <summary>
/// Reads what only kept states (snapshots, beginnings of branches) still name. No reader of the shard touches it, so nobody else would find
/// damage there before the day the snapshot is needed.
/// </summary>
internal sealed class PinVerifier(EngineContext context, StoreCalls store, ShardAddress address, ShardManifest manifest)
{
    // What the shard itself names has been verified with it; what several states share is read once.
    private readonly HashSet<string> _seen =
    [
        .. manifest.Segments.Select(s => s.Name), .. manifest.Segments.Select(s => s.DeletesBlob).OfType<string>(), manifest.RequestsBlob ?? "",
        .. manifest.SealedLogs.Select(l => l.Name), manifest.LiveLog,
    ];

    /// <returns>A finding for each damaged blob, which says which states it belongs to.</returns>
    public async Task<IReadOnlyList<Finding>> VerifyAsync(CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        foreach (var pin in manifest.Pins)
        {
            foreach (var segment in pin.Segments)
            {
                if (_seen.Add(segment.Name))
                    await CheckAsync(findings, ShardBlobs.RowsOf(address, segment), ShardBlobs.RowsOf(address, segment), () => CheckSegmentAsync(segment, cancellation));
                if (segment.DeletesBlob is { } deletes && _seen.Add(deletes))
                    await CheckAsync(findings, deletes, address.Blob(deletes), () => CheckedBlob.ReadAsync(store.Blobs, address.Blob(deletes), CheckedBlob.DeletesMagic.ToArray(), cancellation));
            }

            if (pin.RequestsBlob is { } requests && _seen.Add(requests))
                await CheckAsync(findings, requests, address.Blob(requests), () => CheckedBlob.ReadAsync(store.Blobs, address.Blob(requests), CheckedBlob.RequestsMagic.ToArray(), cancellation));
            foreach (var log in pin.Logs.Where(log => _seen.Add(log.Name)))
                await CheckAsync(findings, log.Name, address.LogBlob(log.Name), () => CheckLogAsync(log, cancellation));
        }

        return findings;
    }

    private async Task CheckAsync(List<Finding> findings, string named, string blob, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (BlobDamagedException damage)
        {
            findings.Add(WithStates(new Finding(damage.Blob, damage.What, FindingRepair.None), named));
        }
        catch (Exception problem) when (Unreadable.IsToldBy(problem))
        {
            findings.Add(WithStates(Unreadable.Of(blob, problem), named));
        }
    }

    private Finding WithStates(Finding finding, string named)
    {
        var states = manifest.Pins.Where(p => Names(p, named)).Select(p => p.Id);
        return finding with { What = $"{finding.What} (kept for {string.Join(", ", states)}; what the shard serves does not need it)" };
    }

    private bool Names(ShardPin pin, string named) =>
        pin.RequestsBlob == named || pin.Logs.Any(l => l.Name == named) || pin.Segments.Any(s => s.DeletesBlob == named || ShardBlobs.RowsOf(address, s) == named);

    private async Task CheckSegmentAsync(SegmentEntry entry, CancellationToken cancellation)
    {
        using var damage = await SegmentDamage.FindAsync(context, address, manifest.Config, entry, cancellation);
        if (damage is not null)
            throw new BlobDamagedException(damage.Blob, string.Join("; ", damage.What));
    }

    private async Task CheckLogAsync(SealedLog log, CancellationToken cancellation)
    {
        try
        {
            var reader = await LogReader.OpenAsync(store, new LogIdentity(log.Name, address.LogBlob(log.Name)), address.Shard, log, store.DefaultDeadline, cancellation);
            while (await reader.NextAsync(store.DefaultDeadline, cancellation) is not null)
            {
                // Reading a frame checks it.
            }
        }
        catch (LogMissingException missing)
        {
            throw new BlobDamagedException(missing.Blob, "it is missing");
        }
    }
}
