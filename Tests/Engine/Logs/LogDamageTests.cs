using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>Appends are all or nothing, so whatever is not a whole good frame is damage: it is told with blob and offset, never skipped.</summary>
public sealed class LogDamageTests
{
    private const int FrameSizeBytes = LogLimits.FrameOverheadBytes + 1;

    [Fact]
    public async Task Any_flipped_bit_of_a_log_is_damage()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a", "b");
        var blob = bench.LiveBlob(log);
        var length = bench.Store.Peek(blob).Length;
        for (var offset = 0; offset < length; offset++)
        {
            bench.Store.FlipBit(blob, offset, offset % 8);
            var damage = await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
            Assert.Equal(blob, damage.Blob);
            var begin = offset < LogHeader.SizeBytes ? 0 : offset - ((offset - LogHeader.SizeBytes) % FrameSizeBytes);
            Assert.StartsWith($"at offset {begin}:", damage.What, StringComparison.Ordinal);
            bench.Store.FlipBit(blob, offset, offset % 8);
        }

        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Any_flipped_bit_of_a_fence_or_roll_is_damage()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var rolled = bench.LiveBlob(log);
        var begin = bench.Store.Peek(rolled).Length;
        await log.RollAsync(bench.Soon, CancellationToken.None);
        await bench.AppendAsync(log, "b");
        for (var offset = begin; offset < bench.Store.Peek(rolled).Length; offset++)
        {
            bench.Store.FlipBit(rolled, offset);
            Assert.Equal(rolled, (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
            bench.Store.FlipBit(rolled, offset);
        }

        var live = bench.LogBlobs.Single(b => b != rolled);
        var fenceAt = bench.Store.Peek(live).Length;
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        await LogBench.RefusedAsync(bench.OwnAsync); // fences and goes no further
        for (var offset = fenceAt; offset < bench.Store.Peek(live).Length; offset++)
        {
            bench.Store.FlipBit(live, offset);
            Assert.Equal(live, (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
            bench.Store.FlipBit(live, offset);
        }
    }

    [Fact]
    public async Task Log_that_ends_inside_a_frame_is_damaged()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var blob = bench.LiveBlob(log);
        var whole = bench.Store.Peek(blob);
        for (var length = 0; length < whole.Length; length++)
        {
            bench.Store.Overwrite(blob, whole.AsMemory(0, length));
            if (length != LogHeader.SizeBytes)
            {
                await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
            }
        }
    }

    [Fact]
    public async Task Sealed_log_that_is_shorter_than_the_manifest_says_is_damaged()
    {
        using var bench = await LogBench.CreateAsync();
        var blob = bench.LiveBlob(await OwnWithAsync(bench, "a", "b"));
        await bench.OwnAsync();
        bench.Store.Truncate(blob, LogHeader.SizeBytes + FrameSizeBytes); // between two good frames
        var damage = await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
        Assert.Equal(blob, damage.Blob);
    }

    [Fact]
    public async Task Bytes_beyond_a_sealed_length_do_not_exist()
    {
        using var bench = await LogBench.CreateAsync();
        var blob = bench.LiveBlob(await OwnWithAsync(bench, "a"));
        var fresh = await bench.OwnAsync();
        await bench.Store.AppendAsync(blob, new byte[100], null, CancellationToken.None);
        await bench.AppendAsync(fresh, "b");
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Bytes_after_the_first_fence_do_not_exist()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var blob = bench.LiveBlob(log);
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        await LogBench.RefusedAsync(bench.OwnAsync);
        await bench.Store.AppendAsync(blob, new byte[100], null, CancellationToken.None);
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Store_that_lost_acknowledged_bytes_is_noticed_by_the_owner()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a", "b");
        bench.Store.Truncate(bench.LiveBlob(log), LogHeader.SizeBytes + FrameSizeBytes);
        Assert.Equal(RefusalCodes.StoreRolledBack, await LogBench.RefusedAsync(() => log.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
        Assert.Equal(RefusalCodes.StoreRolledBack, await LogBench.RefusedAsync(() => bench.AppendAsync(log, "c")));
    }

    [Fact]
    public async Task Log_that_is_missing_while_the_manifest_names_it_is_damage()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        await bench.Store.DeleteAsync(bench.LiveBlob(log), CancellationToken.None);
        Assert.Equal(bench.LiveBlob(log), (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
        Assert.Equal(RefusalCodes.StoreRolledBack, await LogBench.RefusedAsync(() => bench.AppendAsync(log, "b")));
        Assert.Equal(RefusalCodes.StoreRolledBack, await LogBench.RefusedAsync(() => log.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
    }

    [Fact]
    public async Task Frames_of_another_log_are_rejected_at_the_same_place()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        await log.RollAsync(bench.Soon, CancellationToken.None);
        await bench.AppendAsync(log, "b");
        var (first, second) = (bench.LiveBlob(log), bench.LogBlobs.Single(b => b != bench.LiveBlob(log)));
        var foreign = bench.Store.Peek(first).AsMemory(LogHeader.SizeBytes, FrameSizeBytes);
        bench.Store.Overwrite(second, (byte[])[.. bench.Store.Peek(second).AsSpan(0, LogHeader.SizeBytes), .. foreign.Span]);
        Assert.Equal(second, (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
    }

    [Fact]
    public async Task Whole_log_under_another_name_is_rejected()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        await log.RollAsync(bench.Soon, CancellationToken.None);
        var (first, second) = (bench.LiveBlob(log), bench.LogBlobs.Single(b => b != bench.LiveBlob(log)));
        bench.Store.Overwrite(second, bench.Store.Peek(first));
        Assert.Equal(second, (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
    }

    [Fact]
    public async Task Fence_of_another_log_is_rejected()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        await bench.Store.AppendAsync(bench.LiveBlob(log), FrameHeader.Fence(new LogIdentity("x", "other"), 9, 9), null, CancellationToken.None);
        await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 1, 1)]
    [InlineData(1)]
    public async Task Frames_repeated_swapped_or_left_out_are_rejected(params int[] order)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a", "b");
        var blob = bench.LiveBlob(log);
        var bytes = bench.Store.Peek(blob);
        var frames = order.SelectMany(i => bytes.Skip(LogHeader.SizeBytes + (i * FrameSizeBytes)).Take(FrameSizeBytes));
        bench.Store.Overwrite(blob, bytes.Take(LogHeader.SizeBytes).Concat(frames).ToArray());
        await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
    }

    [Theory]
    [InlineData(0, 0, 0, 0, true)]
    [InlineData(1, 0, 0, 0, false)]
    [InlineData(0, 1, 0, 0, false)]
    [InlineData(0, 0, 1, 0, false)]
    [InlineData(0, 0, 0, 1, false)]
    public async Task Frame_with_good_checksums_of_another_owner_or_place_is_rejected(int epoch, int sequence, int nonce, int position, bool isGood)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var blob = bench.LiveBlob(log);
        var identity = new LogIdentity(log.Manifest.LiveLog, blob);
        LogHeader.TryRead(bench.Store.Peek(blob), identity, out var header, out var chain);
        var forged = new FrameHeader(
            FrameKind.Batch,
            1,
            1,
            header.Epoch + (ulong)epoch,
            header.FirstSequence + (ulong)sequence,
            header.WriterNonce + (ulong)nonce,
            default,
            LogHeader.SizeBytes + (ulong)position);
        var bytes = new byte[forged.FrameSizeBytes];
        forged.Write(bytes, "x"u8, chain);
        await bench.Store.AppendAsync(blob, bytes, null, CancellationToken.None);
        if (isGood)
        {
            Assert.Equal(["x"], await bench.ContentAsync());
        }
        else
        {
            await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync);
        }
    }

    [Theory]
    [InlineData(0, 0, 0, true)]
    [InlineData(1, 0, 0, false)]
    [InlineData(0, 1, 0, false)]
    [InlineData(0, 0, 1, false)]
    public async Task Next_log_must_go_on_where_the_roll_left_off_and_be_of_the_same_owner(int epoch, int sequence, int nonce, bool isGood)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        await log.RollAsync(bench.Soon, CancellationToken.None);
        var next = bench.LogBlobs.Single(b => b != bench.LiveBlob(log));
        var identity = new LogIdentity(next[LogBench.Address.LogPrefix.Length..], next);
        LogHeader.TryRead(bench.Store.Peek(next), identity, out var header, out _);
        var bytes = new byte[LogHeader.SizeBytes];
        var forged = new LogHeader(header.Shard, header.Epoch + (ulong)epoch, header.FirstSequence + (ulong)sequence, header.WriterNonce + (ulong)nonce);
        forged.Write(bytes, identity);
        bench.Store.Overwrite(next, bytes);
        if (isGood)
        {
            Assert.Equal(["a"], await bench.ContentAsync());
        }
        else
        {
            Assert.Equal(next, (await Assert.ThrowsAsync<BlobDamagedException>(bench.ContentAsync)).Blob);
        }
    }

    [Fact]
    public async Task Damage_keeps_would_be_owners_out()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = await bench.OpenAsync();
        bench.Store.FlipBit(bench.LiveBlob(log), LogHeader.SizeBytes + 1);
        await Assert.ThrowsAsync<BlobDamagedException>(() => before.AcquireAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(1ul, (await bench.ManifestAsync()).Epoch);
    }

    private static async Task<ShardLog> OwnWithAsync(LogBench bench, params string[] texts)
    {
        var log = await bench.OwnAsync();
        foreach (var text in texts)
        {
            Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, text));
        }

        return log;
    }
}
