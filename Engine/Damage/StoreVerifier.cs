using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

/// <summary>What a look at a whole store found.</summary>
/// <param name="ShardCount">Shards looked at.</param>
/// <param name="BlobCount">Blobs in the store.</param>
/// <param name="Findings">By shard; null for blobs that are no shard's, such as the state of databases and catalogs.</param>
public sealed record StoreReport(long ShardCount, long BlobCount, IReadOnlyList<(ShardAddress? Shard, Finding Finding)> Findings)
{
    public bool HasDamage => Findings.Any(f => f.Finding.IsDamage);
}

/// <summary>Verifies every blob of a store; one that is broken never keeps it from the others.</summary>
public static class StoreVerifier
{
    private const string DatabaseFolder = "databases/";

    /// <exception cref="BlobStoreException">The store could not be listed.</exception>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>: not even a shard's blobs could be listed.</exception>
    public static async Task<StoreReport> VerifyAsync(EngineContext context, CancellationToken cancellation)
    {
        var findings = new List<(ShardAddress?, Finding)>();
        var shards = new SortedSet<string>(StringComparer.Ordinal);
        long blobs = 0;
        await foreach (var entry in context.Blobs.ListAsync("", cancellation))
        {
            blobs++;
            if (AddressOf(entry.Name) is { } address)
                shards.Add(address);
            else if (await CheckAsync(context.Blobs, entry.Name, cancellation) is { } finding)
                findings.Add((null, finding));
        }

        foreach (var shard in shards)
        {
            var address = ShardAddress.Parse(shard);
            foreach (var finding in await ShardVerifier.VerifyAsync(context, address, cancellation))
                findings.Add((address, finding));
        }

        return new StoreReport(shards.Count, blobs, findings);
    }

    /// <returns>Null for a blob that is no shard's.</returns>
    private static string? AddressOf(string blob)
    {
        var parts = blob.Split('/', 5);
        return blob.StartsWith(DatabaseFolder, StringComparison.Ordinal) && parts is [_, var database, "shards", var shard, _] && ShardAddress.TryParse($"{database}/{shard}", out var address)
            ? address.ToString()
            : null;
    }

    private static async Task<Finding?> CheckAsync(IBlobStore blobs, string name, CancellationToken cancellation)
    {
        try
        {
            var content = await blobs.GetAsync(name, cancellation);
            if (content is not null && name.EndsWith(StateEnvelope.NameEnd, StringComparison.Ordinal))
                StateEnvelope.Unwrap(name, content.Bytes);
            return null;
        }
        catch (BlobDamagedException damage)
        {
            return new Finding(name, damage.What, FindingRepair.None);
        }
        catch (BlobStoreException problem)
        {
            return Unreadable.Of(name, problem);
        }
    }
}
