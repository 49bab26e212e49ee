using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>What the local store does beyond the contract: flushes, failures, limits, and what it leaves alone.</summary>
public sealed class LocalBlobStoreTests
{
    private const string Root = "/data/store";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly PowerLossFileSystem _files = new();

    [Fact]
    public async Task An_append_is_one_write_and_one_flush()
    {
        await using var store = await OpenAsync();
        await store.CreateAppendAsync("a/log", None);
        await store.AppendAsync("a/log", Bytes(10), 0, None);
        var changes = new List<string>();
        _files.BeforeChange = changes.Add;
        await store.AppendAsync("a/log", Bytes(3000), 10, None);
        Assert.Equal([$"write {Root}/a/log", $"flush AppendedBlock {Root}/a/log"], changes);
    }

    [Fact]
    public async Task Readers_see_a_block_only_when_it_is_durable()
    {
        await using var store = await OpenAsync();
        await store.CreateAppendAsync("a/log", None);
        await store.AppendAsync("a/log", Bytes(10), 0, None);
        var seen = new List<long?>();
        _files.OnFlush = _ =>
        {
            seen.Add(store.GetLengthAsync("a/log", None).GetAwaiter().GetResult());
            seen.Add(store.ReadAsync("a/log", 0, new byte[100], None).GetAwaiter().GetResult());
        };
        await store.AppendAsync("a/log", Bytes(20), 10, None);
        Assert.Equal([10, 10], seen);
        Assert.Equal(30, await store.GetLengthAsync("a/log", None));
    }

    [Fact]
    public async Task A_failed_flush_closes_that_append_blob_until_the_restart()
    {
        var store = await OpenAsync();
        await store.CreateAppendAsync("a/log", None);
        await store.CreateAppendAsync("a/other", None);
        await store.AppendAsync("a/log", Bytes(10), 0, None);
        _files.FailingFlush = FlushReason.AppendedBlock;
        await Assert.ThrowsAsync<BlobStoreException>(() => store.AppendAsync("a/log", Bytes(20), 10, None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.AppendAsync("a/log", Bytes(20), 10, None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.ReadAsync("a/log", 0, new byte[10], None));
        Assert.Equal(AppendStatus.Appended, (await store.AppendAsync("a/other", Bytes(20), 0, None)).Status);
        _files.LosePower();
        await using var again = await OpenAsync();
        Assert.Equal(10, await again.GetLengthAsync("a/log", None));
        Assert.Equal(AppendStatus.Appended, (await again.AppendAsync("a/log", Bytes(20), 10, None)).Status);
    }

    [Fact]
    public async Task A_failed_flush_of_a_name_closes_that_directory_until_the_restart()
    {
        var store = await OpenAsync();
        await store.PutAsync("a/manifest", Bytes(10), PutCondition.None, None);
        await store.PutAsync("b/manifest", Bytes(10), PutCondition.None, None);
        _files.FailingFlush = FlushReason.NewName;
        await Assert.ThrowsAsync<BlobStoreException>(() => store.PutAsync("a/manifest", Bytes(20), PutCondition.None, None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.GetAsync("a/manifest", None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.PutAsync("a/manifest", Bytes(30), PutCondition.None, None));
        Assert.True((await store.PutAsync("b/manifest", Bytes(20), PutCondition.None, None)).Done);
        _files.LosePower();
        await using var again = await OpenAsync();
        Assert.Equal(10, (await again.GetAsync("a/manifest", None))!.Bytes.Length);
    }

    [Fact]
    public async Task A_full_disk_is_named_and_service_resumes_when_space_returns()
    {
        await using var store = await OpenAsync();
        await store.CreateAppendAsync("a/log", None);
        await store.AppendAsync("a/log", Bytes(10), 0, None);
        _files.FreeBytes = 100;
        Assert.True((await Assert.ThrowsAsync<BlobStoreException>(() => store.AppendAsync("a/log", Bytes(5000), 10, None))).IsFull);
        Assert.True((await Assert.ThrowsAsync<BlobStoreException>(() => store.PutAsync("a/put", Bytes(5000), PutCondition.None, None))).IsFull);
        Assert.True((await Assert.ThrowsAsync<BlobStoreException>(() => UploadAsync(store, "a/upload", Bytes(5000)))).IsFull);
        Assert.Equal(10, await store.GetLengthAsync("a/log", None));
        Assert.Empty(_files.List($"{Root}/~temp"));
        _files.FreeBytes = null;
        Assert.Equal(AppendStatus.Appended, (await store.AppendAsync("a/log", Bytes(20), 10, None)).Status);
        Assert.True((await store.PutAsync("a/put", Bytes(5000), PutCondition.IfAbsent, None)).Done);
        Assert.True(await UploadAsync(store, "a/upload", Bytes(5000)));
        var read = new byte[30];
        Assert.Equal(30, await store.ReadAsync("a/log", 0, read, None));
        Assert.Equal(Bytes(20), read[10..]);
    }

    [Fact]
    public async Task An_append_blob_takes_as_many_appends_as_on_azure()
    {
        await using var store = await OpenAsync();
        await store.CreateAppendAsync("a/log", None);
        for (var i = 0; i < BlobLimits.AppendCountMax; i++)
            Assert.Equal(AppendStatus.Appended, (await store.AppendAsync("a/log", BitConverter.GetBytes(i), i * 4L, None)).Status);
        Assert.Equal(AppendStatus.Full, (await store.AppendAsync("a/log", Bytes(4), null, None)).Status);
        _files.KillProcess();
        await using var again = await OpenAsync();
        Assert.Equal(AppendStatus.Full, (await again.AppendAsync("a/log", Bytes(4), null, None)).Status);
        var read = new byte[4];
        foreach (var i in new[] { 0, 63, 64, 65, 12_345, BlobLimits.AppendCountMax - 1 })
        {
            Assert.Equal(4, await again.ReadAsync("a/log", i * 4L, read, None));
            Assert.Equal(i, BitConverter.ToInt32(read));
        }
    }

    [Fact]
    public async Task More_append_blobs_than_are_kept_open_all_go_on()
    {
        await using var store = await OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                if (round == 0)
                    await store.CreateAppendAsync($"logs/{i}", None);
                Assert.Equal(AppendStatus.Appended, (await store.AppendAsync($"logs/{i}", Bytes(i + 1), (i + 1L) * round, None)).Status);
            }
        }

        Assert.Equal(256, store.OpenAppendBlobCount);
        Assert.Equal(3, await store.GetLengthAsync("logs/0", None));
    }

    [Fact]
    public async Task Opening_enumerates_no_blobs_and_removes_leftovers()
    {
        var first = await OpenAsync();
        await first.PutAsync("databases/d/settings", Bytes(10), PutCondition.None, None);
        var upload = await first.CreateAsync("databases/d/rows", None);
        await upload.WriteAsync(Bytes(1000), None);
        Assert.Single(_files.List($"{Root}/~temp"));
        _files.KillProcess();
        _files.Listed.Clear();
        await using var second = await OpenAsync();
        Assert.Equal([$"{Root}/~temp"], _files.Listed);
        Assert.Empty(_files.List($"{Root}/~temp"));
        Assert.Equal(10, (await second.GetAsync("databases/d/settings", None))!.Bytes.Length);
    }

    [Fact]
    public async Task Directories_go_with_their_last_blob()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("databases/d/shards/0/manifest", Bytes(10), PutCondition.None, None);
        await store.PutAsync("databases/e/settings", Bytes(10), PutCondition.None, None);
        await store.DeleteAsync("databases/d/shards/0/manifest", None);
        Assert.Equal(["e"], _files.List($"{Root}/databases").Select(e => e.Name));
        await store.PutAsync("databases/d/shards/0/manifest", Bytes(10), PutCondition.None, None);
        _files.LosePower();
        await using var again = await OpenAsync();
        Assert.NotNull(await again.GetAsync("databases/d/shards/0/manifest", None));
    }

    [Fact]
    public async Task Any_changed_byte_of_a_whole_blob_is_damage()
    {
        await using var store = await OpenAsync();
        await store.PutAsync("a/put", Bytes(50), PutCondition.None, None);
        var good = _files.Contents($"{Root}/a/put");
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 0x10;
            _files.Overwrite($"{Root}/a/put", bad);
            await Assert.ThrowsAsync<BlobDamagedException>(() => store.GetAsync("a/put", None));
        }

        foreach (var length in new[] { 0, 30, 64, good.Length - 1 })
        {
            _files.Overwrite($"{Root}/a/put", good[..length]);
            await Assert.ThrowsAsync<BlobDamagedException>(() => store.GetAsync("a/put", None));
            await Assert.ThrowsAsync<BlobDamagedException>(() => store.GetLengthAsync("a/put", None));
            await Assert.ThrowsAsync<BlobDamagedException>(() => store.OpenLocalAsync("a/put", None));
        }
    }

    [Fact]
    public async Task A_network_file_system_is_refused_by_name()
    {
        _files.Network = "nfs";
        var refused = await Assert.ThrowsAsync<BlobStoreException>(OpenAsync);
        Assert.Contains("nfs", refused.Message, StringComparison.Ordinal);
        Assert.Contains(Root, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stores_own_names_are_no_blobs()
    {
        await using var store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => store.PutAsync("store.lock", Bytes(1), PutCondition.None, None));
        Assert.True((await store.PutAsync("a/store.lock", Bytes(1), PutCondition.None, None)).Done);
    }

    [Fact]
    public async Task A_closed_store_does_nothing_more()
    {
        var store = await OpenAsync();
        var upload = await store.CreateAsync("a/rows", None);
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.PutAsync("a", Bytes(1), PutCondition.None, None));
        await upload.DisposeAsync();
        await using var again = await OpenAsync();
        Assert.Empty(_files.List($"{Root}/~temp"));
    }

    private Task<LocalBlobStore> OpenAsync() =>
        LocalBlobStore.OpenAsync(Root, _files, new InlineWorkScheduler(), new SeededIdSource(_files.Flushes.Count + 1), None);

    private static async Task<bool> UploadAsync(LocalBlobStore store, string name, byte[] content)
    {
        await using var upload = await store.CreateAsync(name, None);
        await upload.WriteAsync(content, None);
        return await upload.CommitAsync(None);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
