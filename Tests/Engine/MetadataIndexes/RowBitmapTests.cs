using JadeVector.Engine.MetadataIndexes;
using Xunit;

namespace JadeVector.Tests.Engine.MetadataIndexes;

public sealed class RowBitmapTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    [InlineData(4_096)]
    public void Operations_are_those_of_sets(int rowCount)
    {
        var random = new Random(rowCount);
        var all = Enumerable.Range(0, rowCount).ToHashSet();
        var (a, b) = (all.Where(_ => random.Next(2) == 0).ToHashSet(), all.Where(_ => random.Next(3) == 0).ToHashSet());
        Expect(a.Union(b), rowCount, a, bitmap => Use(b, rowCount, bitmap.Add));
        Expect(a.Intersect(b), rowCount, a, bitmap => Use(b, rowCount, bitmap.Keep));
        Expect(a.Except(b), rowCount, a, bitmap => Use(b, rowCount, bitmap.Remove));
        Expect(all.Except(a), rowCount, a, bitmap => bitmap.Invert());
        using var full = RowBitmap.Full(rowCount);
        Assert.Equal(rowCount, full.Count());
        Assert.Equal(all.Order(), Rows(full));
    }

    [Fact]
    public void Words_are_added_where_they_belong()
    {
        using var bitmap = RowBitmap.Empty(200);
        using var block = RowBitmap.Full(64);
        bitmap.Add(block.Words, firstWord: 1);
        Assert.Equal(Enumerable.Range(64, 64), Rows(bitmap));
        Assert.False(bitmap.Contains(63));
        Assert.True(bitmap.Contains(64));
    }

    private static void Expect(IEnumerable<int> expected, int rowCount, IEnumerable<int> rows, Action<RowBitmap> operation)
    {
        using var bitmap = Bitmap(rows, rowCount);
        using var copy = bitmap.Copy();
        operation(copy);
        Assert.Equal(expected.Order(), Rows(copy));
        Assert.Equal(expected.Count(), copy.Count());
        Assert.Equal(rows.Order(), Rows(bitmap));
    }

    private static void Use(IEnumerable<int> rows, int rowCount, Action<RowBitmap> operation)
    {
        using var bitmap = Bitmap(rows, rowCount);
        operation(bitmap);
    }

    private static RowBitmap Bitmap(IEnumerable<int> rows, int rowCount)
    {
        var bitmap = RowBitmap.Empty(rowCount);
        bitmap.Add([.. rows]);
        return bitmap;
    }

    private static List<int> Rows(RowBitmap bitmap)
    {
        var rows = new List<int>();
        foreach (var row in bitmap)
            rows.Add(row);
        return rows;
    }
}
