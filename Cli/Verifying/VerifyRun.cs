using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;
using JadeVector.Storage.Azure;
using JadeVector.Storage.Witnesses;

namespace JadeVector.Cli.Verifying;

/// <summary>Opens a store without a node, verifies all of it, repairs what it is told to.</summary>
internal static class VerifyRun
{
    private const int IdsShownMax = 20;

    /// <returns>0 when no damage is left.</returns>
    internal static async Task<int> RunAsync(string storage, string directory, bool repair, bool acceptLoss, TextWriter output, CancellationToken cancellation)
    {
        if (storage != "local" && !storage.Contains('='))
            throw new CliException($"--storage is local or a connection string, not '{storage}'.");
        if (storage == "local" && !Directory.Exists(directory))
            throw new CliException($"There is no directory '{directory}'.");
        var work = new PoolWork();
        var ids = new CryptographicIds();
        IBlobStore blobs = storage == "local"
            ? await LocalBlobStore.OpenAsync(directory, new DiskFileSystem(), work, ids, cancellation)
            : await AzureBlobStore.OpenAsync(new AzureBlobStoreOptions { ConnectionString = storage, CacheDirectory = Path.Combine(directory, "cache") }, work, ids, cancellation);
        try
        {
            using var witness = storage == "local" ? new StoreWitness() : await OpenWitnessAsync(directory, acceptLoss, output);
            return await VerifyAsync(new EngineContext(blobs, TimeProvider.System, work, ids) { Witness = witness }, repair, acceptLoss, output, cancellation);
        }
        finally
        {
            if (blobs is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
        }
    }

    /// <summary>What nodes of this machine have seen of the store.</summary>
    /// <exception cref="CliException">A loss is to be accepted, and a node that remembers more is running.</exception>
    private static async Task<StoreWitness> OpenWitnessAsync(string directory, bool acceptLoss, TextWriter output)
    {
        try
        {
            return new StoreWitness(WitnessFiles.OpenAll(directory));
        }
        catch (IOException inUse) when (!acceptLoss)
        {
            await output.WriteLineAsync($"A node that uses '{directory}' is running, so whether the store was rolled back is left to it: {inUse.Message}");
            return new StoreWitness();
        }
        catch (IOException inUse)
        {
            throw new CliException($"Stop the node that uses '{directory}' before accepting a loss: {inUse.Message}", inUse);
        }
    }

    /// <returns>0 when no damage is left.</returns>
    internal static async Task<int> VerifyAsync(EngineContext context, bool repair, bool acceptLoss, TextWriter output, CancellationToken cancellation)
    {
        var report = await StoreVerifier.VerifyAsync(context, cancellation);
        await output.WriteLineAsync($"{report.ShardCount} shards, {report.BlobCount} blobs: {Summary(report)}");
        foreach (var (_, finding) in report.Findings)
            await WriteAsync(finding, output);
        if (!repair)
            return report.HasDamage ? 1 : 0;
        foreach (var shard in report.Findings.Select(f => f.Shard).OfType<ShardAddress>().Distinct())
            await RepairAsync(context, shard, acceptLoss, output, cancellation);
        var after = await StoreVerifier.VerifyAsync(context, cancellation);
        await output.WriteLineAsync($"after the repair: {Summary(after)}");
        return after.HasDamage ? 1 : 0;
    }

    private static async Task RepairAsync(EngineContext context, ShardAddress shard, bool acceptLoss, TextWriter output, CancellationToken cancellation)
    {
        try
        {
            foreach (var finding in await ShardRepair.RepairAsync(context, shard, new ShardOptions(), acceptLoss, cancellation))
                await output.WriteLineAsync($"repaired {finding.Blob}");
        }
        catch (RefusalException refused)
        {
            await output.WriteLineAsync(refused.Message);
        }
        catch (BlobStoreException unanswered)
        {
            await output.WriteLineAsync($"Shard {shard} could not be repaired: {unanswered.Message}");
        }
    }

    private static string Summary(StoreReport report) =>
        report.Findings.Count == 0 ? "all as it was written" : $"{report.Findings.Count(f => f.Finding.IsDamage)} damaged, {report.Findings.Count(f => !f.Finding.IsDamage)} left over";

    private static async Task WriteAsync(Finding finding, TextWriter output)
    {
        await output.WriteLineAsync($"{finding.Blob}: {finding.What}");
        await output.WriteLineAsync($"  repair: {Describe(finding.Repair)}");
        if (finding.AffectedIds.Count == 0)
            return;
        var more = finding.AffectedIds.Count - IdsShownMax;
        await output.WriteLineAsync($"  {finding.AffectedIds.Count} vectors: {string.Join(", ", finding.AffectedIds.Take(IdsShownMax))}{(more > 0 ? $" and {more} more" : "")}");
    }

    private static string Describe(FindingRepair repair) => repair switch
    {
        FindingRepair.Rebuild => "write the segment anew; nothing is lost",
        FindingRepair.RebuildWithLoss => "with --accept-loss, write the segment anew without these vectors",
        FindingRepair.ForgetRequests => "with --accept-loss, forget the remembered request ids",
        FindingRepair.AcceptRollback => "with --accept-loss, go on with what is there",
        FindingRepair.Collect => "delete it",
        FindingRepair.AskAgain => "none while the store does not give it; ask again, or restore the database from a snapshot or an export",
        _ => "none; restore the database from a snapshot or an export",
    };
}
