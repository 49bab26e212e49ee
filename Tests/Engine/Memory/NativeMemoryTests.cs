using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Engine.Memory;

public sealed unsafe class NativeMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(300_000)] // one row is more than a chunk aims at
    public void Rows_come_back_as_they_were_appended_on_cache_lines_and_do_not_move(int dimension)
    {
        using var rows = new NativeVectorRows(dimension);
        var count = dimension > 1000 ? 5 : 40_000;
        var places = new nint[count];
        for (var row = 0; row < count; row++)
        {
            Assert.Equal(row, rows.Append(Vector(dimension, row)));
            places[row] = (nint)rows.Row(row);
        }

        Assert.Equal(count, rows.Count);
        Assert.Equal((long)count * rows.StrideFloats * sizeof(float), rows.MemoryBytes);
        for (var row = 0; row < count; row++)
        {
            Assert.Equal(places[row], (nint)rows.Row(row));
            Assert.Equal(0, places[row] % 64);
            Assert.True(rows[row].SequenceEqual(Vector(dimension, row)));
        }
    }

    [Fact]
    public void Padding_of_a_row_is_zero()
    {
        using var rows = new NativeVectorRows(17);
        rows.Append(Vector(17, 3));
        Assert.Equal(32, rows.StrideFloats);
        Assert.Equal(new float[15], new ReadOnlySpan<float>(rows.Row(0) + 17, 15).ToArray());
    }

    [Fact]
    public void Vector_of_another_dimension_is_refused_and_row_that_is_not_there_is_too()
    {
        using var rows = new NativeVectorRows(3);
        Assert.Throws<ArgumentException>(() => rows.Append([1, 2]));
        Assert.Equal(0, rows.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[0].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[-1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeVectorRows(0));
    }

    [Fact]
    public void Reader_sees_only_finished_rows_while_one_thread_appends()
    {
        using var rows = new NativeVectorRows(8);
        const int Total = 200_000;
        var writer = new Thread(() =>
        {
            var values = new float[8];
            for (var row = 0; row < Total; row++)
            {
                values.AsSpan().Fill(row + 1);
                rows.Append(values);
            }
        });
        writer.Start();
        long torn = 0;
        int count;
        do
        {
            count = rows.Count;
            for (var row = Math.Max(0, count - 16); row < count; row++)
            {
                foreach (var value in rows[row])
                    torn += value == row + 1 ? 0 : 1;
            }
        }
        while (count < Total);
        writer.Join();
        Assert.Equal(0, torn);
    }

    [Fact]
    public void Mapped_rows_are_read_in_place_with_their_stride()
    {
        float[] memory = [1, 2, 3, -1, 4, 5, 6, -1];
        fixed (float* first = memory)
        {
            using var rows = new MappedVectorRows(first, count: 2, dimension: 3, strideFloats: 4);
            Assert.Equal(2, rows.Count);
            Assert.Equal([4, 5, 6], rows[1].ToArray());
            Assert.Equal((nint)(first + 4), (nint)rows.Row(1));
            Assert.Equal(0, rows.MemoryBytes);
            Assert.Throws<ArgumentOutOfRangeException>(() => rows[2].Length);
        }
    }

    [Fact]
    public void Chunked_array_starts_as_zeros_and_keeps_places_and_values_while_it_grows()
    {
        using var array = new NativeChunkedArray<long>();
        array.EnsureCount(10);
        array[9] = 42;
        var place = (nint)array.At(9);
        array.EnsureCount(1_000_000);
        Assert.Equal(place, (nint)array.At(9));
        Assert.Equal(42, array[9]);
        Assert.Equal(1_000_000, array.Count);
        Assert.Equal(8_000_000, array.MemoryBytes);
        for (var i = 10; i < array.Count; i++)
            Assert.Equal(0, array[i]);
        array.EnsureCount(5);
        Assert.Equal(1_000_000, array.Count);
    }

    [Fact]
    public void Arena_gives_back_items_of_any_length_in_one_piece()
    {
        using var arena = new NativeArena();
        var random = new Random(11);
        var items = new List<(long Offset, byte[] Bytes)>();
        for (var i = 0; i < 3_000; i++)
        {
            // Mostly short, some longer than the arena's unit of 256 KiB and than four of them.
            var length = i % 500 == 499 ? random.Next(200_000, 3_000_000) : random.Next(0, 700);
            var bytes = new byte[length];
            random.NextBytes(bytes);
            items.Add((arena.Append(bytes), bytes));
        }

        foreach (var (offset, bytes) in items)
            Assert.True(arena.Slice(offset, bytes.Length).SequenceEqual(bytes));
        Assert.Equal(items.Sum(item => (long)item.Bytes.Length), arena.MemoryBytes);
    }

    [Fact]
    public void Memory_can_be_disposed_of_twice()
    {
        var rows = new NativeVectorRows(4);
        rows.Append([1, 2, 3, 4]);
        rows.Dispose();
        rows.Dispose();
        Assert.Equal(0, rows.Count);
        var arena = new NativeArena();
        arena.Append([1, 2]);
        arena.Dispose();
        arena.Dispose();
        Assert.Equal(0, arena.MemoryBytes);
    }

    private static float[] Vector(int dimension, int seed)
    {
        var values = new float[dimension];
        for (var i = 0; i < dimension; i++)
            values[i] = (seed * 31) + i;
        return values;
    }
}
