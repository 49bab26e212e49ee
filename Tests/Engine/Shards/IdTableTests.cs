using System.Text;
using JadeVector.Engine.Shards;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

public sealed class IdTableTests
{
    [Fact]
    public void Latest_row_of_each_id_is_found_while_the_table_grows()
    {
        var part = new GrowingPart(ShardBench.ConfigOf(1));
        part.Retain();
        for (var row = 0; row < 5_000; row++)
            Append(part, $"id{row % 3_000}", (ulong)row + 1);
        for (var i = 0; i < 3_000; i++)
        {
            var id = Encoding.UTF8.GetBytes($"id{i}");
            Assert.Equal(i < 2_000 ? 3_000 + i : i, part.FindLatest(ShardRanges.HashOf(id), id));
        }

        Assert.Equal(-1, part.FindLatest(ShardRanges.HashOf("absent"u8), "absent"u8));
        part.Release();
    }

    [Fact]
    public void Ids_with_one_hash_are_told_apart_by_their_bytes()
    {
        var part = new GrowingPart(ShardBench.ConfigOf(1));
        part.Retain();
        for (var row = 0; row < 16; row++)
            Append(part, $"id{row % 8}", (ulong)row + 1, hash: 42);
        for (var i = 0; i < 8; i++)
            Assert.Equal(8 + i, part.FindLatest(42, Encoding.UTF8.GetBytes($"id{i}")));
        Assert.Equal(-1, part.FindLatest(42, "id10"u8));
        part.Release();
    }

    [Fact]
    public void Older_view_finds_the_row_that_was_replaced_since()
    {
        var part = new GrowingPart(ShardBench.ConfigOf(1));
        part.Retain();
        var hash = ShardRanges.HashOf("a"u8);
        Append(part, "a", 1);
        part.MarkDeleted(0, 5);
        Append(part, "a", 5);
        part.MarkDeleted(1, 8);
        Assert.Equal([-1, 0, 0, 1, 1, -1], ((ulong[])[0, 1, 4, 5, 7, 8]).Select(sequence => part.FindVisible(hash, "a"u8, sequence)));
        Assert.Equal(-1, part.FindLive(hash, "a"u8));
        part.Release();
    }

    private static void Append(GrowingPart part, string id, ulong version, ulong? hash = null)
    {
        var bytes = Encoding.UTF8.GetBytes(id);
        var place = new RowPlace { IdLength = (ushort)bytes.Length, MetadataLength = -1, TextLength = -1 };
        part.Append(ShardBench.Bytes(1), bytes, place, hash ?? ShardRanges.HashOf(bytes), version);
    }
}
