using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

/// <summary>States that are kept: one swap of the manifest, however large the shard is.</summary>
internal sealed partial class ShardLog
{
    /// <summary>Keeps the state at the end of the logs that have ended: roll over first to have everything that is durable in it.</summary>
    /// <returns>The pin; the one of that id if there is one already.</returns>
    /// <exception cref="RefusalException"><c>limit_exceeded</c>; <c>fenced</c>, <c>gone</c>; <c>storage_unavailable</c>: it may yet take effect: ask again.</exception>
    public async Task<ShardPin> PinAsync(string id, DateTimeOffset deadline, CancellationToken cancellation)
    {
        ShardPin? pin = null;
        await InstallAsync(
            current =>
            {
                pin = current.Pins.FirstOrDefault(p => p.Id == id);
                if (pin is not null)
                {
                    return current;
                }

                if (current.Pins.Count >= ManifestLimits.PinsMax)
                {
                    throw new RefusalException(RefusalCodes.LimitExceeded, $"Shard {Address} keeps {ManifestLimits.PinsMax} states already; let one go first.");
                }

                pin = PinOf(id, current, Writer().Logs);
                return current with { Pins = [.. current.Pins, pin] };
            },
            deadline,
            cancellation);
        return pin!;
    }

    /// <summary>Lets a state go, and deletes what only it named. Repeating it is harmless.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>; <c>storage_unavailable</c>: it may yet take effect: ask again.</exception>
    public Task UnpinAsync(string id, DateTimeOffset deadline, CancellationToken cancellation) =>
        InstallAsync(current => current with { Pins = [.. current.Pins.Where(p => p.Id != id)] }, deadline, cancellation);

    private ShardPin PinOf(string id, ShardManifest current, OwnedLogs logs)
    {
        // An edit of unknown outcome may have covered more than this owner knows of: then what it covered is in the segments.
        var after = logs.Ended.Where(l => l.FirstSequence > current.CoveredSequence && l.LengthBytes > LogHeader.SizeBytes);
        return new ShardPin(
            id,
            _store.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            current.Segments,
            current.RequestsBlob,
            current.CoveredSequence,
            current.CoveredAtMs,
            [.. after],
            Math.Max(current.CoveredSequence, logs.Live.Header.FirstSequence - 1));
    }
}
