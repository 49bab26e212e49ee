using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Tests.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Manifests;

/// <summary>
/// A deletion is under way while somebody whom nobody has told makes the shard once more (an activation of the control plane that was left
/// behind): no manifest goes that does not say "deleting".
/// </summary>
public sealed class ShardRemovalTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Seed 532 of the simulator.</summary>
    [Fact]
    public async Task Shard_that_is_made_before_the_deletion_of_its_manifest_is_repeated_is_marked_before_it_goes()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.OwnAsync();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        var deleted = NoteDeletedManifests(bench);
        var appends = bench.Store.History.Count(h => h.Operation is BlobOperation.Append);
        bench.Store.OnAfter = async (operation, name) =>
        {
            if (operation is not BlobOperation.Delete || name != LogBench.Address.ManifestBlob)
                return;
            bench.Store.OnAfter = null;
            await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
            throw new BlobStoreException("The answer is lost.");
        };

        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Equal([ShardState.Deleting, ShardState.Deleting], deleted);
        Assert.Empty(bench.Store.Names());
        Assert.Equal(appends + 2, bench.Store.History.Count(h => h.Operation is BlobOperation.Append)); // the new log's header and its fence
    }

    [Fact]
    public async Task Deletion_that_lands_late_takes_no_manifest_that_came_after_it()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.OwnAsync();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        var late = bench.Store.Hold(BlobOperation.Delete, LogBench.Address.ManifestBlob);
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());

        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
        late.Release();
        Assert.Equal(ShardState.Active, (await bench.ManifestAsync()).State);
        Assert.Empty(await bench.ContentAsync());
    }

    [Fact]
    public async Task Deletion_of_the_manifest_that_is_never_answered_ends_at_the_deadline_and_can_be_carried_on()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.OwnAsync();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        bench.Store.Fail(BlobOperation.Delete, LogBench.Address.ManifestBlob, BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(JadeVector.Engine.RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None)));
        Assert.Equal([LogBench.Address.ManifestBlob], bench.Store.Names());
        bench.Store.ForgetFaults();
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
    }

    /// <summary>What each manifest said just before a deletion took it.</summary>
    private static List<ShardState> NoteDeletedManifests(LogBench bench)
    {
        var states = new List<ShardState>();
        bench.Store.OnBefore = (operation, name) =>
        {
            if (operation is BlobOperation.Delete && name == LogBench.Address.ManifestBlob && bench.Store.Names().Contains(name))
                states.Add(ManifestFormat.Read(bench.Store.Peek(name), name).State);
            return Task.CompletedTask;
        };
        return states;
    }
}
