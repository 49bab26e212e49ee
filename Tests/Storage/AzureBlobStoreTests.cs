using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Storage.Azure;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Storage;

/// <summary>What the Azure store does beyond the contract: outages, the two clients, local copies.</summary>
public sealed class AzureBlobStoreTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Two_stores_over_one_container_see_each_other()
    {
        var options = await azurite.NewContainerAsync();
        var one = await OpenAsync(options);
        var two = await OpenAsync(options with { CacheDirectory = options.CacheDirectory + "-two" });
        await one.CreateAppendAsync("log", None);
        Assert.Equal(AppendStatus.Appended, (await two.AppendAsync("log", new byte[10], 0, None)).Status);
        Assert.Equal(AppendStatus.LengthMismatch, (await one.AppendAsync("log", new byte[10], 0, None)).Status);
        var put = await one.PutAsync("manifest", new byte[1], PutCondition.IfAbsent, None);
        Assert.True((await two.PutAsync("manifest", new byte[2], PutCondition.IfMatch(put.Version!), None)).Done);
        Assert.False((await one.PutAsync("manifest", new byte[3], PutCondition.IfMatch(put.Version!), None)).Done);
    }

    [Fact]
    public async Task An_outage_is_a_store_exception_and_ends_with_the_outage()
    {
        Assert.SkipWhen(AzuriteProcess.Program is null, "Azurite is not installed (npm ci in eng/azurite; ./jade test does it).");
        using var directory = new TemporaryDirectory();
        var options = new AzureBlobStoreOptions { Container = "test", CacheDirectory = Path.Join(directory.Path, "cache"), RetryCountMax = 1 };
        var location = Path.Join(directory.Path, "azurite");
        AzureBlobStore store;
        int port;
        await using (var first = await AzuriteProcess.StartAsync(location))
        {
            port = first.Port;
            store = await OpenAsync(options with { ConnectionString = first.ConnectionString });
            await store.CreateAppendAsync("log", None);
            await store.AppendAsync("log", new byte[10], 0, None);
            await first.StopAsync();
        }

        await Assert.ThrowsAsync<BlobStoreException>(() => store.AppendAsync("log", new byte[10], 10, None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.PutAsync("a", new byte[10], PutCondition.None, None));
        await Assert.ThrowsAsync<BlobStoreException>(() => store.GetAsync("a", None));
        await Assert.ThrowsAsync<BlobStoreException>(async () =>
        {
            await foreach (var entry in store.ListAsync("", None))
                Assert.Fail(entry.Name);
        });
        await using var second = await AzuriteProcess.StartAsync(location, port);
        Assert.Equal(AppendStatus.Appended, (await store.AppendAsync("log", new byte[10], 10, None)).Status);
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_does_not_open()
    {
        using var directory = new TemporaryDirectory();
        var options = new AzureBlobStoreOptions
        {
            ConnectionString = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a;",
            CacheDirectory = directory.Path,
            RetryCountMax = 0,
        };
        await Assert.ThrowsAsync<BlobStoreException>(() => OpenAsync(options));
    }

    [Fact]
    public async Task Half_an_address_is_refused()
    {
        var options = new AzureBlobStoreOptions { CacheDirectory = "/nowhere", ServiceUri = new Uri("http://127.0.0.1:1/a") };
        await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(options));
        await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(options with { ServiceUri = null }));
    }

    [Fact]
    public async Task A_copy_is_fetched_once_and_again_when_its_length_is_wrong()
    {
        var store = await azurite.OpenStoreAsync();
        await UploadAsync(store, "s/rows", 10_000);
        string path;
        using (var first = await store.OpenLocalAsync("s/rows", None))
            path = first!.Path;
        var fetched = File.GetLastWriteTimeUtc(path);
        (await store.OpenLocalAsync("s/rows", None))!.Dispose();
        Assert.Equal(fetched, File.GetLastWriteTimeUtc(path));
        await File.WriteAllBytesAsync(path, new byte[99], None);
        using var again = await store.OpenLocalAsync("s/rows", None);
        Assert.Equal(Bytes(10_000), await File.ReadAllBytesAsync(again!.Path, None));
    }

    [Fact]
    public async Task Copies_that_nobody_maps_make_room_and_mapped_ones_stay()
    {
        var store = await OpenAsync(await azurite.NewContainerAsync() with { CacheSizeBytesMax = 2500 });
        foreach (var name in new[] { "s/1", "s/2", "s/3" })
            await UploadAsync(store, name, 1000);
        using var mapped = await store.OpenLocalAsync("s/1", None);
        var idle = await store.OpenLocalAsync("s/2", None);
        idle!.Dispose();
        using var third = await store.OpenLocalAsync("s/3", None);
        Assert.True(File.Exists(mapped!.Path));
        Assert.False(File.Exists(idle.Path));
        Assert.True(File.Exists(third!.Path));
        using var back = await store.OpenLocalAsync("s/2", None);
        Assert.Equal(Bytes(1000), await File.ReadAllBytesAsync(back!.Path, None));
    }

    [Fact]
    public async Task A_deleted_blob_takes_its_copy_along()
    {
        var store = await azurite.OpenStoreAsync();
        await UploadAsync(store, "s/rows", 1000);
        using var copy = await store.OpenLocalAsync("s/rows", None);
        await store.DeleteAsync("s/rows", None);
        Assert.False(File.Exists(copy!.Path));
        Assert.Null(await store.OpenLocalAsync("s/rows", None));
    }

    [Fact]
    public async Task Partial_copies_of_a_killed_process_are_swept_and_living_ones_are_not()
    {
        var options = await azurite.NewContainerAsync();
        var directory = Directory.CreateDirectory(Path.Join(options.CacheDirectory, "s")).FullName;
        var dead = Path.Join(directory, "rows.1~partial");
        var alive = Path.Join(directory, "rows.2~partial");
        await File.WriteAllBytesAsync(dead, new byte[10], None);
        await using var writing = new FileStream(alive, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await OpenAsync(options);
        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(alive));
    }

    private static Task<AzureBlobStore> OpenAsync(AzureBlobStoreOptions options) =>
        AzureBlobStore.OpenAsync(options, new InlineWorkScheduler(), new SeededIdSource(2), None);

    private static async Task UploadAsync(AzureBlobStore store, string name, int length)
    {
        await using var upload = await store.CreateAsync(name, None);
        await upload.WriteAsync(Bytes(length), None);
        Assert.True(await upload.CommitAsync(None));
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
