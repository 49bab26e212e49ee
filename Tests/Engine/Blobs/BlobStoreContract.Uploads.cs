using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

public abstract partial class BlobStoreContract
{
    [Fact]
    public async Task An_upload_exists_only_after_its_commit()
    {
        await using var upload = await Store.CreateAsync("s/rows", None);
        await upload.WriteAsync(Bytes(1000), None);
        Assert.Equal(1000, upload.LengthBytes);
        Assert.Null(await Store.GetLengthAsync("s/rows", None));
        Assert.Empty(await NamesAsync(""));
        Assert.True(await upload.CommitAsync(None));
        Assert.Equal(Bytes(1000), await ReadAllAsync("s/rows"));
        Assert.Equal(["s/rows"], await NamesAsync(""));
    }

    [Fact]
    public async Task An_upload_without_a_commit_leaves_nothing()
    {
        await using (var upload = await Store.CreateAsync("s/rows", None))
            await upload.WriteAsync(Bytes(1000), None);
        Assert.Null(await Store.GetLengthAsync("s/rows", None));
        Assert.Empty(await NamesAsync(""));
        Assert.True(await UploadAsync("s/rows", Bytes(5)));
        Assert.Equal(Bytes(5), await ReadAllAsync("s/rows"));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_not_overwritten_by_an_upload()
    {
        Assert.True(await UploadAsync("s/rows", Bytes(100)));
        Assert.False(await UploadAsync("s/rows", Bytes(200)));
        Assert.Equal(Bytes(100), await ReadAllAsync("s/rows"));
    }

    [Fact]
    public async Task Of_racing_uploads_of_one_name_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => UploadAsync("s/rows", Bytes(100 + i)))));
        var winner = Assert.Single(Enumerable.Range(0, 6), i => results[i]);
        Assert.Equal(Bytes(100 + winner), await ReadAllAsync("s/rows"));
    }

    [Fact]
    public async Task An_upload_of_many_parts_is_their_concatenation()
    {
        const int megabyte = 1024 * 1024;
        byte[][] parts = [Bytes(7 * megabyte), [], Bytes(3 * megabyte), Bytes(1), Bytes(9 * megabyte + 5)];
        Assert.True(await UploadAsync("s/rows", parts));
        Assert.True((await ReadAllAsync("s/rows")).AsSpan().SequenceEqual(parts.SelectMany(p => p).ToArray()));
    }

    [Fact]
    public async Task An_empty_upload_is_an_empty_blob()
    {
        Assert.True(await UploadAsync("s/rows"));
        Assert.Equal(0, await Store.GetLengthAsync("s/rows", None));
        Assert.Equal(0, await Store.ReadAsync("s/rows", 0, new byte[4], None));
    }

    [Fact]
    public async Task Parts_of_an_upload_can_be_read()
    {
        await UploadAsync("s/rows", Bytes(10_000));
        var buffer = new byte[500];
        Assert.Equal(500, await Store.ReadAsync("s/rows", 4_321, buffer, None));
        Assert.Equal(Bytes(10_000)[4_321..4_821], buffer);
        Assert.Equal(10, await Store.ReadAsync("s/rows", 9_990, buffer, None));
        Assert.Equal(0, await Store.ReadAsync("s/rows", 10_000, buffer, None));
        Assert.Equal(0, await Store.ReadAsync("s/rows", 10_001, buffer, None));
    }

    [Fact]
    public async Task A_local_file_holds_the_blob_at_an_aligned_offset()
    {
        await UploadAsync("s/rows", Bytes(10_000));
        for (var time = 0; time < 2; time++)
        {
            using var local = await Store.OpenLocalAsync("s/rows", None);
            Assert.NotNull(local);
            Assert.Equal(0, local.Offset % 64);
            Assert.Equal(10_000, local.LengthBytes);
            var file = await File.ReadAllBytesAsync(local.Path, None);
            Assert.Equal(Bytes(10_000), file[(int)local.Offset..(int)(local.Offset + local.LengthBytes)]);
        }
    }
}
