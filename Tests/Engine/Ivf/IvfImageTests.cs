using System.Buffers.Binary;
using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Memory;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Ivf;

public sealed unsafe class IvfImageTests
{
    private const int HeaderChecksum = 124;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void An_image_that_is_mapped_answers_like_the_index_that_wrote_it(int codeComponents)
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 500, queries: 10);
        using var built = IvfIndex.Build(set.Rows, Metric.Cosine, new IvfOptions { ListCount = 12, CodeComponents = codeComponents }, CancellationToken.None);
        Mapped(IvfIndexTests.Image(built), image =>
        {
            using var mapped = IvfIndex.Map(set.Rows, Metric.Cosine, image.Pointer, image.Length);
            Assert.Equal((built.Count, built.ListCount, built.CodeComponents, 0L), (mapped.Count, mapped.ListCount, mapped.CodeComponents, mapped.MemoryBytes));
            foreach (var query in set.Queries)
                Assert.Equal(Search(built, query), Search(mapped, query));
        });
    }

    /// <summary>The bytes of docs/formats/ivf.md, written here by hand: two cells of one row each, two components, codes of one component.</summary>
    [Fact]
    public void The_image_on_the_page_is_the_image_that_is_read()
    {
        using var rows = new NativeVectorRows(2);
        rows.Append([5, 5]);
        rows.Append([-5, 5]);
        var image = new byte[128 + 128 + 64 + 64 + 128 + 64];
        "JADEIVFC"u8.CopyTo(image);
        void Int(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(offset), value);
        void Float(int offset, float value) => BinaryPrimitives.WriteSingleLittleEndian(image.AsSpan(offset), value);
        Int(8, 1);
        Int(12, 1);
        image[16] = (byte)Metric.Euclidean;
        Int(20, 2);
        Int(24, 2);
        Int(28, 2);
        Int(32, 1);
        Int(36, 2);
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(48), image.Length);
        Seal(image);
        Float(128, -5);
        Float(132, 5);
        Float(192, 5);
        Float(196, 5);
        Int(256 + 4, 1);
        Int(256 + 8, 2);
        Int(320, 1);
        Int(324, 0);
        Float(384 + 4, 5);           // group 0: centroid 1 is 5, the others 0
        Float(384 + 64 + 4, 5);      // group 1
        image[512] = 0x10;           // row 1: codes 0 and 1
        image[512 + 32] = 0x11;      // row 0: codes 1 and 1
        Mapped(image, mapped =>
        {
            using var index = IvfIndex.Map(rows, Metric.Euclidean, mapped.Pointer, mapped.Length);
            Assert.Equal(0, Search(index, [4, 4], k: 1)[0].Row);
            Assert.Equal(1, Search(index, [-4, 4], k: 1)[0].Row);
            Assert.Equal([0, 1], Search(index, [4, 4], k: 2).Select(hit => hit.Row));
        });
    }

    public static TheoryData<string, int, int> Damage => new()
    {
        { "magic number", 0, 0 },
        { "format version 2", 8, 2 },
        { "unknown metric", 16, 9 },
        { "rows of", 24, -1 },
        { "cells", 28, 0 },
        { "components a code", 32, 99 },
        { "blocks of codes", 36, 100 },
        { "length does not fit", 24, 600 },
    };

    [Theory, MemberData(nameof(Damage))]
    public void A_damaged_header_is_refused(string why, int offset, int value) => Refuses(why, image =>
    {
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(offset), value);
        Seal(image);
    });

    [Fact]
    public void An_image_of_other_rows_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 1);
        using var fewer = ClusteredSet.Create(Metric.Euclidean, rows: 499, queries: 1);
        using var built = IvfIndex.Build(set.Rows, Metric.Euclidean, new IvfOptions(), CancellationToken.None);
        Mapped(IvfIndexTests.Image(built), image =>
        {
            Assert.Contains("it is of 500 rows", Assert.Throws<InvalidDataException>(() => IvfIndex.Map(fewer.Rows, Metric.Euclidean, image.Pointer, image.Length)).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => IvfIndex.Map(set.Rows, Metric.Dot, image.Pointer, image.Length));
            Assert.Throws<InvalidDataException>(() => IvfIndex.Map(set.Rows, Metric.Euclidean, image.Pointer, image.Length - 1));
        });
    }

    [Fact]
    public void A_header_that_was_changed_is_refused() => Refuses("checksum", image => image[40] ^= 1);

    [Fact]
    public void A_row_that_is_in_two_cells_is_refused() => Refuses("in two cells", image =>
    {
        // Rows follow 12 padded centres of 32 components and 13 starts; each row number is there once.
        var rows = image.AsSpan(128 + (12 * 128) + 64, 500 * 4);
        BinaryPrimitives.WriteInt32LittleEndian(rows, BinaryPrimitives.ReadInt32LittleEndian(rows[4..]));
    });

    [Fact]
    public void A_cell_that_ends_before_it_starts_is_refused() => Refuses("before it starts", image => BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(128 + (12 * 128) + 4), 499));

    private static void Refuses(string why, Action<byte[]> damage)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 1);
        using var built = IvfIndex.Build(set.Rows, Metric.Euclidean, new IvfOptions { ListCount = 12, CodeComponents = 0 }, CancellationToken.None);
        var image = IvfIndexTests.Image(built);
        damage(image);
        Mapped(image, mapped => Assert.Contains(why, Assert.Throws<InvalidDataException>(() => IvfIndex.Map(set.Rows, Metric.Euclidean, mapped.Pointer, mapped.Length)).Message, StringComparison.Ordinal));
    }

    private static void Seal(byte[] image) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(HeaderChecksum), Crc32C.Compute(image.AsSpan(0, HeaderChecksum)));

    private static RowDistance[] Search(IvfIndex index, float[] query, int k = 10)
    {
        SearchStats stats = default;
        var results = new RowDistance[k];
        return results[..index.Search(query, k, 3, 5, default(AllRows), new IvfScratch(), results, ref stats, CancellationToken.None)];
    }

    private static void Mapped(byte[] image, Action<MappedImage> use)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)image.Length, 64);
        try
        {
            image.CopyTo(new Span<byte>(memory, image.Length));
            use(new MappedImage(memory, image.Length));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private sealed class MappedImage(byte* pointer, long length)
    {
        public byte* Pointer { get; } = pointer;

        public long Length { get; } = length;
    }
}
