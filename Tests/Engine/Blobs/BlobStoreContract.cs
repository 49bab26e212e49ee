using JadeVector.Engine.Blobs;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>What every blob store does the same; each implementation has a subclass. See also BlobStoreContract.Appends.cs and .Uploads.cs.</summary>
public abstract partial class BlobStoreContract : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    protected IBlobStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        if (Store is not null)   // a skipped test has none
            await CloseAsync(Store);
        GC.SuppressFinalize(this);
    }

    protected abstract Task<IBlobStore> OpenAsync();

    protected abstract ValueTask CloseAsync(IBlobStore store);

    [Fact]
    public async Task Missing_blobs_are_reported_not_invented()
    {
        Assert.Null(await Store.GetAsync("a/absent", None));
        Assert.Null(await Store.ReadAsync("a/absent", 0, new byte[8], None));
        Assert.Null(await Store.ReadAsync("a/absent", 0, Memory<byte>.Empty, None));
        Assert.Null(await Store.GetLengthAsync("a/absent", None));
        Assert.Null(await Store.OpenLocalAsync("a/absent", None));
        Assert.False(await Store.DeleteAsync("a/absent", None));
        Assert.Equal(AppendStatus.Missing, (await Store.AppendAsync("a/absent", Bytes(3), null, None)).Status);
        Assert.Equal(AppendStatus.Missing, (await Store.AppendAsync("a/absent", Bytes(3), 0, None)).Status);
        Assert.Empty(await NamesAsync(""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(BlobLimits.PutSizeBytesMax)]
    public async Task What_was_put_comes_back(int length)
    {
        var put = await Store.PutAsync("a/b/c", Bytes(length), PutCondition.None, None);
        var got = await Store.GetAsync("a/b/c", None);
        Assert.True(put.Done);
        Assert.NotNull(got);
        Assert.Equal(put.Version, got.Version);
        Assert.True(got.Bytes.Span.SequenceEqual(Bytes(length)));
        Assert.Equal(length, await Store.GetLengthAsync("a/b/c", None));
    }

    [Fact]
    public async Task A_put_beyond_the_limit_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync("a", new byte[BlobLimits.PutSizeBytesMax + 1], PutCondition.None, None));
        Assert.Null(await Store.GetAsync("a", None));
    }

    [Fact]
    public async Task An_unconditional_put_replaces_and_changes_the_version()
    {
        var first = await Store.PutAsync("a", Bytes(10), PutCondition.None, None);
        var second = await Store.PutAsync("a", Bytes(10), PutCondition.None, None);
        Assert.NotEqual(first.Version, second.Version);
        Assert.Equal(second.Version, (await Store.GetAsync("a", None))!.Version);
    }

    [Fact]
    public async Task A_put_if_absent_takes_effect_once()
    {
        Assert.True((await Store.PutAsync("a/x", Bytes(10), PutCondition.IfAbsent, None)).Done);
        Assert.False((await Store.PutAsync("a/x", Bytes(20), PutCondition.IfAbsent, None)).Done);
        Assert.Equal(10, (await Store.GetAsync("a/x", None))!.Bytes.Length);
    }

    [Fact]
    public async Task A_put_if_match_takes_effect_on_that_version_only()
    {
        var first = await Store.PutAsync("a/x", Bytes(10), PutCondition.None, None);
        var second = await Store.PutAsync("a/x", Bytes(20), PutCondition.IfMatch(first.Version!), None);
        var stale = await Store.PutAsync("a/x", Bytes(30), PutCondition.IfMatch(first.Version!), None);
        Assert.True(second.Done);
        Assert.False(stale.Done);
        Assert.Equal(20, (await Store.GetAsync("a/x", None))!.Bytes.Length);
    }

    [Fact]
    public async Task A_put_if_match_on_a_deleted_blob_creates_nothing()
    {
        var put = await Store.PutAsync("a/x", Bytes(10), PutCondition.None, None);
        Assert.True(await Store.DeleteAsync("a/x", None));
        Assert.False((await Store.PutAsync("a/x", Bytes(10), PutCondition.IfMatch(put.Version!), None)).Done);
        Assert.Null(await Store.GetAsync("a/x", None));
    }

    [Fact]
    public async Task A_conditional_delete_takes_effect_on_that_version_only()
    {
        var first = await Store.PutAsync("a/x", Bytes(10), PutCondition.None, None);
        var second = await Store.PutAsync("a/x", Bytes(20), PutCondition.None, None);
        Assert.False(await Store.DeleteIfMatchAsync("a/x", first.Version!, None));
        Assert.Equal(20, (await Store.GetAsync("a/x", None))!.Bytes.Length);
        Assert.True(await Store.DeleteIfMatchAsync("a/x", second.Version!, None));
        Assert.Null(await Store.GetAsync("a/x", None));
        Assert.False(await Store.DeleteIfMatchAsync("a/x", second.Version!, None));

        await Store.PutAsync("a/x", Bytes(20), PutCondition.IfAbsent, None);
        Assert.False(await Store.DeleteIfMatchAsync("a/x", second.Version!, None));
        Assert.NotNull(await Store.GetAsync("a/x", None));
    }

    [Fact]
    public async Task Of_a_conditional_put_and_a_conditional_delete_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var version = (await Store.PutAsync("a/x", Bytes(1), PutCondition.None, None)).Version!;
            var put = Task.Run(() => Store.PutAsync("a/x", Bytes(2), PutCondition.IfMatch(version), None));
            var deleted = await Task.Run(() => Store.DeleteIfMatchAsync("a/x", version, None));
            Assert.NotEqual(deleted, (await put).Done);
            Assert.Equal(deleted, await Store.GetAsync("a/x", None) is null);
        }
    }

    [Fact]
    public async Task Of_racing_conditional_puts_one_wins()
    {
        var version = (await Store.PutAsync("a/x", Bytes(1), PutCondition.None, None)).Version!;
        for (var round = 0; round < 10; round++)
        {
            var condition = PutCondition.IfMatch(version);
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.PutAsync("a/x", Bytes(100 + i), condition, None))));
            var winner = Assert.Single(Enumerable.Range(0, 8), i => results[i].Done);
            var got = await Store.GetAsync("a/x", None);
            Assert.Equal(100 + winner, got!.Bytes.Length);
            Assert.Equal(results[winner].Version, got.Version);
            version = got.Version;
        }
    }

    [Fact]
    public async Task A_blob_of_any_kind_can_be_deleted()
    {
        await Store.PutAsync("a/put", Bytes(10), PutCondition.None, None);
        await Store.CreateAppendAsync("a/append", None);
        await Store.AppendAsync("a/append", Bytes(10), 0, None);
        await UploadAsync("a/upload", Bytes(10));
        foreach (var name in new[] { "a/put", "a/append", "a/upload" })
        {
            Assert.True(await Store.DeleteAsync(name, None));
            Assert.False(await Store.DeleteAsync(name, None));
            Assert.Null(await Store.GetLengthAsync(name, None));
        }

        Assert.Empty(await NamesAsync(""));
    }

    [Fact]
    public async Task Lists_are_in_ordinal_order_of_the_whole_name()
    {
        string[] names = ["B", "a-b", "a.b/z", "a/b", "a/b.c", "a/c/d", "a0", "ab"];
        foreach (var name in names.Reverse())
            await Store.PutAsync(name, Bytes(3), PutCondition.None, None);
        await Store.CreateAppendAsync("a/c/e", None);
        Assert.Equal(["B", "a-b", "a.b/z", "a/b", "a/b.c", "a/c/d", "a/c/e", "a0", "ab"], await NamesAsync(""));
        Assert.Equal(["a/b", "a/b.c", "a/c/d", "a/c/e"], await NamesAsync("a/"));
        Assert.Equal(["a/c/d", "a/c/e"], await NamesAsync("a/c/"));
        Assert.Empty(await NamesAsync("c/"));
    }

    [Fact]
    public async Task A_list_tells_the_length_of_whole_blobs()
    {
        await Store.PutAsync("a/put", Bytes(123), PutCondition.None, None);
        await UploadAsync("a/upload", Bytes(456));
        var entries = new List<BlobEntry>();
        await foreach (var entry in Store.ListAsync("a/", None))
            entries.Add(entry);
        Assert.Equal([new BlobEntry("a/put", 123), new BlobEntry("a/upload", 456)], entries);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    [InlineData("~temp/x")]
    public async Task A_name_outside_the_alphabet_is_refused(string name)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.GetAsync(name, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync(name, Bytes(1), PutCondition.None, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.CreateAppendAsync(name, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.CreateAsync(name, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteAsync(name, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteIfMatchAsync(name, "1", None));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.OpenLocalAsync(name, None));
    }

    [Fact]
    public async Task A_cancelled_call_changes_nothing()
    {
        await Store.CreateAppendAsync("log", None);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("a", Bytes(1), PutCondition.None, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.AppendAsync("log", Bytes(1), null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync("log", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteIfMatchAsync("log", "1", cancelled));
        Assert.Null(await Store.GetAsync("a", None));
        Assert.Equal(0, await Store.GetLengthAsync("log", None));
    }

    /// <summary>Bytes that differ from their neighbours and, mostly, between lengths; zeros among them.</summary>
    protected static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    protected async Task<List<string>> NamesAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var entry in Store.ListAsync(prefix, None))
            names.Add(entry.Name);
        return names;
    }

    protected async Task<bool> UploadAsync(string name, params byte[][] parts)
    {
        await using var upload = await Store.CreateAsync(name, None);
        foreach (var part in parts)
            await upload.WriteAsync(part, None);
        return await upload.CommitAsync(None);
    }

    protected async Task<byte[]> ReadAllAsync(string name)
    {
        var bytes = new byte[(await Store.GetLengthAsync(name, None))!.Value];
        Assert.Equal(bytes.Length, await Store.ReadAsync(name, 0, bytes, None));
        return bytes;
    }
}
