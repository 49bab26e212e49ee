using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>What a power cut leaves of an append that was never acknowledged is cut away; bytes that were acknowledged and changed are reported.</summary>
public sealed class LocalAppendDamageTests
{
    private const string Root = "/data/store";
    private const string Name = "shard/log";
    private const string File = $"{Root}/{Name}";
    private const int FileHeaderSize = 64;
    private const int BlockOverhead = 16 + 8;
    private static readonly CancellationToken None = CancellationToken.None;

    // The last block crosses sector boundaries; its payload has zeros at its end, as sparse vectors have.
    private static readonly byte[][] Payloads = [Bytes(5), Bytes(40), [.. Bytes(1100), .. new byte[600]]];

    public static TheoryData<int> Changes => [0xFF, 0x01, 0x80, -1];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Any_changed_byte_is_damage_in_the_last_block_too(int change)
    {
        var good = await WrittenAsync();
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] = change < 0 ? (byte)0 : (byte)(bad[i] ^ change);
            if (bad[i] == good[i])
                continue;
            await using var store = await OpenAsync(bad);
            var damage = await Assert.ThrowsAsync<BlobDamagedException>(() => ReadAllAsync(store));
            Assert.Equal(Name, damage.Blob);
        }
    }

    [Fact]
    public async Task A_file_that_ends_inside_its_last_block_has_lost_only_that()
    {
        var good = await WrittenAsync();
        for (var length = LastBlockStart(good) + 1; length < good.Length; length++)
            await AssertTornAsync(good[..length]);
    }

    [Fact]
    public async Task A_last_block_that_is_zero_from_some_sector_on_is_torn()
    {
        var good = await WrittenAsync();
        var start = LastBlockStart(good);
        foreach (var from in Enumerable.Range(0, good.Length / 512 + 1).Select(s => s * 512).Where(p => p > start).Prepend(start))
        {
            var torn = (byte[])good.Clone();
            torn.AsSpan(from).Clear();
            await AssertTornAsync(torn);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(5000)]
    [InlineData(200_000)]
    public async Task Zeros_behind_the_last_block_are_cut_away(int count)
    {
        var good = await WrittenAsync();
        await using var store = await OpenAsync([.. good, .. new byte[count]]);
        byte[] all = [.. Payloads[0], .. Payloads[1], .. Payloads[2]];
        Assert.Equal(all, await ReadAllAsync(store));
        Assert.Equal(AppendStatus.Appended, (await store.AppendAsync(Name, Bytes(9), all.Length, None)).Status);
        byte[] more = [.. all, .. Bytes(9)];
        Assert.Equal(more, await ReadAllAsync(store));
    }

    [Fact]
    public async Task A_zeroed_block_before_the_last_is_damage()
    {
        var good = await WrittenAsync();
        good.AsSpan(FileHeaderSize, 32).Clear();
        await using var store = await OpenAsync(good);
        await Assert.ThrowsAsync<BlobDamagedException>(() => store.GetLengthAsync(Name, None));
        await Assert.ThrowsAsync<BlobDamagedException>(() => store.AppendAsync(Name, Bytes(3), null, None));
    }

    [Fact]
    public async Task A_block_of_another_blob_is_no_block_of_this_one()
    {
        var good = await WrittenAsync();
        var other = await WrittenAsync(seed: 99);
        other.AsSpan(LastBlockStart(good)).CopyTo(good.AsSpan(LastBlockStart(good)));
        await using var store = await OpenAsync(good);
        await Assert.ThrowsAsync<BlobDamagedException>(() => ReadAllAsync(store));
    }

    [Fact]
    public async Task Damage_that_comes_after_opening_is_seen_by_the_read()
    {
        var files = new PowerLossFileSystem();
        await using var store = await OpenAsync(files, 1);
        await WriteAsync(store);
        var bytes = files.Contents(File);
        bytes[FileHeaderSize + 16] ^= 4;
        files.Overwrite(File, bytes);
        await Assert.ThrowsAsync<BlobDamagedException>(() => ReadAllAsync(store));
        files.Overwrite(File, bytes[..(LastBlockStart(bytes) + 100)]);
        await Assert.ThrowsAsync<BlobDamagedException>(() => store.ReadAsync(Name, 50, new byte[100], None));
    }

    private static async Task AssertTornAsync(byte[] contents)
    {
        await using var store = await OpenAsync(contents);
        byte[] kept = [.. Payloads[0], .. Payloads[1]];
        Assert.Equal(kept, await ReadAllAsync(store));
        Assert.Equal(AppendStatus.Appended, (await store.AppendAsync(Name, Bytes(77), kept.Length, None)).Status);
        byte[] more = [.. kept, .. Bytes(77)];
        Assert.Equal(more, await ReadAllAsync(store));
    }

    private static int LastBlockStart(byte[] file) => file.Length - (((Payloads[2].Length + BlockOverhead) + 15) & ~15);

    private static async Task<byte[]> WrittenAsync(int seed = 1)
    {
        var files = new PowerLossFileSystem();
        await using var store = await OpenAsync(files, seed);
        await WriteAsync(store);
        return files.Contents(File);
    }

    private static async Task WriteAsync(LocalBlobStore store)
    {
        await store.CreateAppendAsync(Name, None);
        foreach (var payload in Payloads)
            Assert.Equal(AppendStatus.Appended, (await store.AppendAsync(Name, payload, null, None)).Status);
    }

    /// <summary>A store whose append blob's file has these contents.</summary>
    private static async Task<LocalBlobStore> OpenAsync(byte[] contents)
    {
        var files = new PowerLossFileSystem();
        await using (var first = await OpenAsync(files, 1))
            await first.CreateAppendAsync(Name, None);
        files.Overwrite(File, contents);
        return await OpenAsync(files, 2);
    }

    private static Task<LocalBlobStore> OpenAsync(PowerLossFileSystem files, int seed) =>
        LocalBlobStore.OpenAsync(Root, files, new InlineWorkScheduler(), new SeededIdSource(seed), None);

    private static async Task<byte[]> ReadAllAsync(LocalBlobStore store)
    {
        var bytes = new byte[(await store.GetLengthAsync(Name, None))!.Value];
        Assert.Equal(bytes.Length, await store.ReadAsync(Name, 0, bytes, None));
        return bytes;
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
