using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>Files of every format version that was ever released stay readable. docs/formats/local-store.md describes them byte by byte.</summary>
public sealed class LocalFormatTests
{
    private const string Root = "/data/store";

    private const string WholeVersion1 =
        "4A414445424C4F42010001003375AF6146D086824097E4A395CFFF46699C73C40700000000000000000000000000000000000000000000000000000026A3944F" +
        "636F6E74656E74";

    private const string AppendVersion1 =
        "4A41444541504E440100010000000000F0A328184BE991EB81E312BCF19AC41A00000000000000000000000000000000000000000000000000000000A841E5B0" +
        "090000001A385DDC00000000847428AD666972737420616E64000000000000000000000000000000626C6F636B656E64060000009BADBF730100000078ECDEE5" +
        "207365636F6E0000626C6F636B656E64";

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_whole_blob_is_written_as_version_1_says() =>
        Assert.Equal(WholeVersion1, Convert.ToHexString(await WriteAsync("a/put")));

    [Fact]
    public async Task An_append_blob_is_written_as_version_1_says() =>
        Assert.Equal(AppendVersion1, Convert.ToHexString(await WriteAsync("a/log")));

    [Fact]
    public async Task Files_of_version_1_are_read()
    {
        var files = new PowerLossFileSystem();
        await using var store = await WrittenAsync(files, seed: 99);
        files.Overwrite($"{Root}/a/put", Convert.FromHexString(WholeVersion1));
        files.Overwrite($"{Root}/a/log", Convert.FromHexString(AppendVersion1));
        await using var again = await ReopenAsync(files, store);
        Assert.Equal("content"u8.ToArray(), (await again.GetAsync("a/put", None))!.Bytes.ToArray());
        var read = new byte[100];
        Assert.Equal(15, await again.ReadAsync("a/log", 0, read, None));
        Assert.Equal("first and second"u8.ToArray()[..15], read[..15]);
    }

    [Fact]
    public async Task A_file_of_a_later_version_is_refused_with_both_numbers()
    {
        var header = new byte[LocalFormat.HeaderSizeBytes];
        LocalFormat.WriteStart(header, ContentHeader.Magic);
        header[8] = 2;
        LocalFormat.WriteHeaderCrc(header);
        var files = new PowerLossFileSystem();
        await using var store = await WrittenAsync(files, seed: 1);
        files.Overwrite($"{Root}/a/put", header);
        var refused = await Assert.ThrowsAsync<BlobDamagedException>(() => store.GetAsync("a/put", None));
        Assert.Contains("version 2", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> WriteAsync(string name)
    {
        var files = new PowerLossFileSystem();
        await using var store = await WrittenAsync(files, seed: 1);
        return files.Contents($"{Root}/{name}");
    }

    private static async Task<LocalBlobStore> WrittenAsync(PowerLossFileSystem files, int seed)
    {
        var store = await LocalBlobStore.OpenAsync(Root, files, new InlineWorkScheduler(), new SeededIdSource(seed), None);
        await store.PutAsync("a/put", "content"u8.ToArray(), PutCondition.None, None);
        await store.CreateAppendAsync("a/log", None);
        await store.AppendAsync("a/log", "first and"u8.ToArray(), 0, None);
        await store.AppendAsync("a/log", " secon"u8.ToArray(), 9, None);
        return store;
    }

    private static async Task<LocalBlobStore> ReopenAsync(PowerLossFileSystem files, LocalBlobStore store)
    {
        await store.DisposeAsync();
        return await LocalBlobStore.OpenAsync(Root, files, new InlineWorkScheduler(), new SeededIdSource(2), None);
    }
}
