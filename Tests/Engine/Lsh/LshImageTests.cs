using System.Buffers.Binary;
using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Lsh;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Lsh;

public sealed unsafe class LshImageTests
{
    private const int HeaderChecksum = 124;

    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean, Metric.Dot];

    [Theory, MemberData(nameof(Metrics))]
    public void An_image_that_is_mapped_answers_like_the_index_that_wrote_it(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 500, queries: 10);
        using var built = LshIndex.Build(set.Rows, metric, new LshOptions { Tables = 3 }, CancellationToken.None);
        Mapped(LshIndexTests.Image(built), image =>
        {
            using var mapped = LshIndex.Map(set.Rows, metric, image.Pointer, image.Length);
            Assert.Equal((built.Count, built.Tables, built.Functions, 0L), (mapped.Count, mapped.Tables, mapped.Functions, mapped.MemoryBytes));
            foreach (var query in set.Queries)
                Assert.Equal(Search(built, query), Search(mapped, query));
        });
    }

    public static TheoryData<string, int, int> Damage => new()
    {
        { "magic number", 0, 0 },
        { "format version 2", 8, 2 },
        { "unknown metric", 16, 9 },
        { "rows of", 24, -1 },
        { "length does not fit", 24, 600 },
        { "0 tables", 28, 0 },
        { "tables of 99 functions", 32, 99 },
        { "buckets", 36, 30 },
        { "slices of width 0", 44, 0 },
    };

    [Theory, MemberData(nameof(Damage))]
    public void A_damaged_header_is_refused(string why, int offset, int value) => Refuses(why, image =>
    {
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(offset), value);
        Seal(image);
    });

    [Fact]
    public void A_header_that_was_changed_is_refused() => Refuses("checksum", image => image[40] ^= 1);

    [Fact]
    public void A_row_that_does_not_exist_is_refused() => Refuses("names row 500 of 500", image => BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(image.Length - (500 * 4) - ((64 - ((500 * 4) % 64)) % 64)), 500));

    [Fact]
    public void An_image_of_other_rows_is_refused() => Refuses("it is of 500 rows", _ => { }, rows: 499);

    private static void Refuses(string why, Action<byte[]> damage, int rows = 500)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 1);
        using var read = ClusteredSet.Create(Metric.Euclidean, rows, queries: 1);
        using var built = LshIndex.Build(set.Rows, Metric.Euclidean, new LshOptions { Tables = 1, Functions = 4 }, CancellationToken.None);
        var image = LshIndexTests.Image(built);
        damage(image);
        Mapped(image, mapped => Assert.Contains(why, Assert.Throws<InvalidDataException>(() => LshIndex.Map(read.Rows, Metric.Euclidean, mapped.Pointer, mapped.Length)).Message, StringComparison.Ordinal));
    }

    private static void Seal(byte[] image) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(HeaderChecksum), Crc32C.Compute(image.AsSpan(0, HeaderChecksum)));

    private static RowDistance[] Search(LshIndex index, float[] query)
    {
        SearchStats stats = default;
        var results = new RowDistance[10];
        return results[..index.Search(query, 10, 5, default(AllRows), new LshScratch(), results, ref stats, CancellationToken.None)];
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
