using JadeVector.Engine.Blobs;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

public abstract partial class BlobStoreContract
{
    [Fact]
    public async Task An_append_blob_is_created_once_and_empty()
    {
        Assert.True(await Store.CreateAppendAsync("a/log", None));
        Assert.Equal(0, await Store.GetLengthAsync("a/log", None));
        Assert.Equal(0, await Store.ReadAsync("a/log", 0, new byte[8], None));
        await Store.AppendAsync("a/log", Bytes(5), 0, None);
        Assert.False(await Store.CreateAppendAsync("a/log", None));
        Assert.Equal(5, await Store.GetLengthAsync("a/log", None));
    }

    [Fact]
    public async Task Appends_line_up_in_order()
    {
        await Store.CreateAppendAsync("a/log", None);
        var expected = new List<byte>();
        foreach (var length in new[] { 1, 15, 16, 17, 1000, 4096, 3 })
        {
            Assert.Equal(AppendStatus.Appended, (await Store.AppendAsync("a/log", Bytes(length), expected.Count, None)).Status);
            expected.AddRange(Bytes(length));
            Assert.Equal(expected.Count, await Store.GetLengthAsync("a/log", None));
        }

        Assert.Equal(expected.ToArray(), await ReadAllAsync("a/log"));
    }

    [Fact]
    public async Task An_append_at_another_length_writes_nothing()
    {
        await Store.CreateAppendAsync("a/log", None);
        await Store.AppendAsync("a/log", Bytes(10), 0, None);
        foreach (var wrong in new long[] { 0, 9, 11, 1000 })
            Assert.Equal(AppendStatus.LengthMismatch, (await Store.AppendAsync("a/log", Bytes(7), wrong, None)).Status);
        Assert.Equal(Bytes(10), await ReadAllAsync("a/log"));
    }

    [Fact]
    public async Task An_append_without_a_length_goes_to_the_end()
    {
        await Store.CreateAppendAsync("a/log", None);
        await Store.AppendAsync("a/log", Bytes(10), 0, None);
        Assert.Equal(AppendStatus.Appended, (await Store.AppendAsync("a/log", Bytes(7), null, None)).Status);
        byte[] both = [.. Bytes(10), .. Bytes(7)];
        Assert.Equal(both, await ReadAllAsync("a/log"));
    }

    [Fact]
    public async Task The_largest_append_fits_and_nothing_larger_or_empty_does()
    {
        await Store.CreateAppendAsync("a/log", None);
        Assert.Equal(AppendStatus.Appended, (await Store.AppendAsync("a/log", Bytes(BlobLimits.AppendSizeBytesMax), 0, None)).Status);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.AppendAsync("a/log", new byte[BlobLimits.AppendSizeBytesMax + 1], null, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.AppendAsync("a/log", Memory<byte>.Empty, null, None));
        Assert.True((await ReadAllAsync("a/log")).AsSpan().SequenceEqual(Bytes(BlobLimits.AppendSizeBytesMax)));
    }

    [Fact]
    public async Task Reads_start_and_end_anywhere()
    {
        await Store.CreateAppendAsync("a/log", None);
        byte[] all = [.. Bytes(3), .. Bytes(16), .. Bytes(5)];
        await Store.AppendAsync("a/log", all.AsMemory(0, 3), 0, None);
        await Store.AppendAsync("a/log", all.AsMemory(3, 16), 3, None);
        await Store.AppendAsync("a/log", all.AsMemory(19, 5), 19, None);
        for (var offset = 0; offset <= all.Length + 1; offset++)
        {
            foreach (var count in new[] { 1, 4, 17, 40 })
            {
                var buffer = new byte[count];
                var read = await Store.ReadAsync("a/log", offset, buffer, None);
                var expected = all.Skip(offset).Take(count).ToArray();
                Assert.Equal(expected.Length, read);
                Assert.Equal(expected, buffer[..expected.Length]);
            }
        }
    }

    [Fact]
    public async Task Of_racing_appends_at_one_length_one_wins()
    {
        await Store.CreateAppendAsync("a/log", None);
        long length = 0;
        for (var round = 0; round < 10; round++)
        {
            var at = length;
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.AppendAsync("a/log", Bytes(10 + i), at, None))));
            var winner = Assert.Single(Enumerable.Range(0, 8), i => results[i].Status == AppendStatus.Appended);
            Assert.All(results.Where((_, i) => i != winner), r => Assert.Equal(AppendStatus.LengthMismatch, r.Status));
            length += 10 + winner;
            Assert.Equal(Bytes(10 + winner), (await ReadAllAsync("a/log"))[(int)at..]);
        }
    }

    [Fact]
    public async Task Racing_appends_without_a_length_all_land_whole()
    {
        await Store.CreateAppendAsync("a/log", None);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() =>
            Store.AppendAsync("a/log", Enumerable.Repeat((byte)i, 100).ToArray(), null, None))));
        var blocks = (await ReadAllAsync("a/log")).Chunk(100).ToList();
        Assert.Equal(16, blocks.Select(b => b[0]).Distinct().Count());
        Assert.All(blocks, b => Assert.All(b, value => Assert.Equal(b[0], value)));
    }

    [Fact]
    public async Task A_deleted_append_blob_takes_no_more_appends()
    {
        await Store.CreateAppendAsync("a/log", None);
        await Store.AppendAsync("a/log", Bytes(10), 0, None);
        Assert.True(await Store.DeleteAsync("a/log", None));
        Assert.Equal(AppendStatus.Missing, (await Store.AppendAsync("a/log", Bytes(10), 10, None)).Status);
        Assert.True(await Store.CreateAppendAsync("a/log", None));
        Assert.Equal(0, await Store.GetLengthAsync("a/log", None));
        Assert.Equal(AppendStatus.Appended, (await Store.AppendAsync("a/log", Bytes(4), 0, None)).Status);
        Assert.Equal(Bytes(4), await ReadAllAsync("a/log"));
    }
}
