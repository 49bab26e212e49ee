using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Manifests;

/// <summary>The control plane alone creates and removes shards; an opener that finds none, or one being deleted, creates nothing.</summary>
public sealed class ShardManifestsTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Created_shard_has_its_birth_and_no_owner()
    {
        using var bench = await LogBench.CreateAsync();
        var manifest = await bench.ManifestAsync();
        Assert.Equal((10ul, 99ul, 1L, 0ul, 0ul), (manifest.FirstHash, manifest.LastHash, manifest.MapVersion, manifest.Epoch, manifest.OwnerNonce));
        Assert.Equal(LogBench.Birth.Config, manifest.Config);
        Assert.Empty(await bench.ContentAsync());
    }

    [Fact]
    public async Task Creating_again_changes_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Creating_with_another_birth_is_a_conflict()
    {
        using var bench = await LogBench.CreateAsync();
        var other = LogBench.Birth with { Config = LogBench.Birth.Config with { Dimension = 9 } };
        Assert.Equal(RefusalCodes.Conflict, await LogBench.RefusedAsync(() => ShardManifests.CreateAsync(bench.Context, LogBench.Address, other, None)));
    }

    [Theory]
    [InlineData(BlobOperation.Put, BlobFault.FailBefore)]
    [InlineData(BlobOperation.Put, BlobFault.LoseAnswer)]
    [InlineData(BlobOperation.CreateAppend, BlobFault.LoseAnswer)]
    [InlineData(BlobOperation.Append, BlobFault.LoseAnswer)]
    public async Task Creation_survives_a_call_without_an_answer(BlobOperation operation, BlobFault fault)
    {
        using var bench = LogBench.Empty();
        bench.Store.Fail(operation, "shards", fault);
        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(await bench.OwnAsync(), "a"));
    }

    [Fact]
    public async Task Two_that_create_at_once_make_one_shard()
    {
        using var bench = LogBench.Empty();
        var slow = bench.Store.Hold(BlobOperation.Put, "manifest");
        var first = Task.Run(() => ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None));
        await slow.Entered;
        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
        slow.Release();
        await first;
        Assert.Single(bench.LogBlobs);
        Assert.Empty(await bench.ContentAsync());
    }

    [Fact]
    public async Task Opener_that_finds_nothing_is_told_gone_and_creates_nothing()
    {
        using var bench = LogBench.Empty();
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync));
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Opener_that_finds_a_shard_being_deleted_is_told_gone_and_creates_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        var before = bench.Store.Names();
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync));
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(() => ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None)));
        Assert.Equal(before, bench.Store.Names());
    }

    [Fact]
    public async Task Owner_of_a_shard_being_deleted_acknowledges_nothing_and_cannot_verify()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(log, "b"));
        var other = await Assert.ThrowsAsync<RefusalException>(() => log.VerifyOwnershipAsync(bench.Soon, None));
        Assert.Contains(other.Code, (string[])[RefusalCodes.Gone, RefusalCodes.Fenced]);
    }

    [Fact]
    public async Task Reader_of_a_shard_being_deleted_is_told_gone()
    {
        using var bench = await LogBench.CreateAsync();
        var reader = await bench.OpenAndReplayAsync();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(() => reader.VerifyOwnershipAsync(bench.Soon, None)));
    }

    [Fact]
    public async Task Owner_that_rolls_over_while_the_shard_is_being_deleted_does_not_escape()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var fence = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(log));
        var marking = Task.Run(() => ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None));
        await fence.Entered;
        Assert.Equal(AppendOutcome.Durable, (await log.RollAsync(bench.Soon, None)).Outcome);
        fence.Release();
        await marking;
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(log, "escaped"));
    }

    [Fact]
    public async Task Would_be_owner_loses_against_deletion_between_fence_and_swap()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var log = await bench.OpenAndReplayAsync();
        var swap = bench.Store.Hold(BlobOperation.Put, "manifest");
        var taking = Task.Run(() => log.AcquireAsync(bench.Soon, None));
        await swap.Entered;
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        swap.Release();
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(() => taking));
        Assert.Equal(ShardState.Deleting, (await bench.ManifestAsync()).State);
    }

    [Fact]
    public async Task Removal_takes_the_manifest_last_and_leaves_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.AppendAsync(await bench.OwnAsync(), "a");
        await bench.Store.PutAsync(LogBench.Address.Blob("segments/s1/rows"), new byte[1], PutCondition.None, None);
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
        var deleted = bench.Store.History.Where(h => h.Operation == BlobOperation.Delete).Select(h => h.Name).ToList();
        Assert.Equal(deleted.Count - 1, deleted.IndexOf(LogBench.Address.ManifestBlob));
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Removal_that_was_interrupted_is_carried_on()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.OwnAsync();
        await bench.Store.PutAsync(LogBench.Address.Blob("segments/s1/rows"), new byte[1], PutCondition.None, None);
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        bench.Store.Fail(BlobOperation.Delete, "segments", BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None)));
        Assert.Equal(ShardState.Deleting, (await bench.ManifestAsync()).State); // the tombstone still stands
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync));
        bench.Store.ForgetFaults();
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Living_shard_is_not_removed()
    {
        using var bench = await LogBench.CreateAsync();
        await bench.OwnAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None));
        Assert.Empty(await bench.ContentAsync());
    }

    [Fact]
    public async Task Shard_that_was_made_after_it_was_found_to_be_none_is_removed()
    {
        using var bench = LogBench.Empty();
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None);
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Shard_that_is_being_made_while_what_is_there_of_it_is_removed_does_not_come_to_be()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        var birth = bench.Store.Hold(BlobOperation.Put, "manifest");
        var making = Task.Run(() => ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, None));
        await birth.Entered;
        var first = bench.Store.Hold(BlobOperation.Delete, "log/");
        var removing = Task.Run(() => ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None));
        await first.Entered;
        birth.Release();
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(() => making));
        first.Release();
        await removing;
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Damaged_shard_can_be_deleted()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        bench.Store.FlipBit(LogBench.Address.ManifestBlob, 40);
        bench.Store.FlipBit(bench.LiveBlob(log), 10);
        await Assert.ThrowsAsync<BlobDamagedException>(bench.OpenAsync);
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, None);
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(log, "a"));
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync));
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, None);
        Assert.Empty(bench.Store.Names());
    }

    [Fact]
    public async Task Manifest_of_another_shard_is_damage()
    {
        using var bench = await LogBench.CreateAsync();
        var other = new ShardAddress(LogBench.Address.DatabaseId, 4);
        await bench.Store.PutAsync(other.ManifestBlob, bench.Store.Peek(LogBench.Address.ManifestBlob), PutCondition.None, None);
        await Assert.ThrowsAsync<BlobDamagedException>(() => ShardLog.OpenAsync(bench.Context, other, new ShardLogOptions(), None));
    }

    [Fact]
    public async Task Manifest_whose_logs_leave_a_gap_is_damage()
    {
        using var bench = await LogBench.CreateAsync();
        var gap = await bench.ManifestAsync() with { LiveFirstSequence = 3 };
        bench.Store.Overwrite(LogBench.Address.ManifestBlob, ManifestFormat.Write(gap, LogBench.Address.ManifestBlob));
        await Assert.ThrowsAsync<BlobDamagedException>(bench.OpenAsync);
    }

    [Theory]
    [InlineData("db_01/0", true)]
    [InlineData("db_01/2147483647", true)]
    [InlineData("db_01/2147483648", false)]
    [InlineData("db_01/-1", false)]
    [InlineData("db_01/01", false)]
    [InlineData("db_01/", false)]
    [InlineData("/1", false)]
    [InlineData("../1", false)]
    [InlineData("db 01/1", false)]
    [InlineData("db_01/1/2", false)]
    [InlineData("db_01", false)]
    public void Shard_addresses_have_one_text_form(string text, bool isAddress)
    {
        Assert.Equal(isAddress, ShardAddress.TryParse(text, out var address));
        if (isAddress)
        {
            Assert.Equal(text, address.ToString());
            Assert.Equal(address, ShardAddress.Parse(text));
        }
        else
        {
            Assert.Throws<FormatException>(() => ShardAddress.Parse(text));
        }
    }
}
