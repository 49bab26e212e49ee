using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>The files in which a local store keeps blobs.</summary>
internal static class DamagedLocalFiles
{
    private const string Root = "/data/store", Whole = "whole", Appended = "appended", Other = "other";
    private const int HeaderBytes = 64, BlockHeaderBytes = 16, PayloadBytes = 40, EndMarkBytes = 8, BlockBytes = 64;

    public static async Task RunAsync(DamageTable table)
    {
        var files = new PowerLossFileSystem();
        await using (var store = await OpenAsync(files))
        {
            await store.PutAsync(Whole, new byte[PayloadBytes], PutCondition.None, default);
            await store.PutAsync(Other, new byte[PayloadBytes], PutCondition.None, default);
            await store.CreateAppendAsync(Appended, default);
            await store.AppendAsync(Appended, new byte[PayloadBytes], null, default);
            await store.AppendAsync(Appended, new byte[PayloadBytes - 3], null, default);
        }

        foreach (var blob in (string[])[Whole, Appended])
        {
            var good = files.Contents($"{Root}/{blob}");
            for (var offset = 0; offset < good.Length; offset++)
            {
                var place = new DamagedPlace(blob == Whole ? "file of a whole blob" : "file of an append blob", ClassOf(blob, offset), blob, offset);
                var bad = (byte[])good.Clone();
                bad[offset] ^= (byte)(1 << place.Bit);
                files.Overwrite($"{Root}/{blob}", bad);
                await using var store = await OpenAsync(files);
                Assert.Equal(blob, (await Assert.ThrowsAsync<BlobDamagedException>(() => ReadAsync(store, blob))).Blob);
                Assert.NotNull(await store.GetAsync(Other, default));
                table.Add(place, "as for what is in it", "refused");
            }

            files.Overwrite($"{Root}/{blob}", good);
        }
    }

    private static async Task ReadAsync(LocalBlobStore store, string blob)
    {
        if (blob == Whole)
            await store.GetAsync(blob, default);
        else
            await store.ReadAsync(blob, 0, new byte[2 * PayloadBytes], default);
    }

    private static string ClassOf(string blob, int offset) => offset switch
    {
        < 12 => "header",
        < 16 when blob == Whole => "content checksum",
        < 32 => "header",
        < 40 when blob == Whole => "length",
        < 60 => "header",
        < HeaderBytes => "header checksum",
        _ when blob == Whole => "payload",
        _ => ((offset - HeaderBytes) % BlockBytes) switch
        {
            < 4 => "block length",
            < 8 => "block checksum",
            < 12 => "block number",
            < BlockHeaderBytes => "block header checksum",
            < BlockHeaderBytes + PayloadBytes - 3 => "payload",
            < BlockBytes - EndMarkBytes => "payload and padding",
            _ => "block boundary",
        },
    };

    private static Task<LocalBlobStore> OpenAsync(PowerLossFileSystem files) =>
        LocalBlobStore.OpenAsync(Root, files, new InlineWorkScheduler(), new SeededIdSource(1), default);
}
