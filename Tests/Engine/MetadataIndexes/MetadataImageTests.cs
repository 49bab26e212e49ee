using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.MetadataIndexes;
using Xunit;

namespace JadeVector.Tests.Engine.MetadataIndexes;

public sealed unsafe class MetadataImageTests
{
    /// <summary>Made from docs/formats/metadata-index.md by other code: three documents and 37 empty ones.</summary>
    private const string Golden =
        "4a4144454d4554410100000000000000010000006100000007000000000000000700000000000000000000000000000000000000000000000000000002000000"
        + "05000000000000000000000000000000400000000000000001000000020000000000000000000000010000000100000001000000000000002000000000000000"
        + "2800000000000000300000000000000038000000000000003800000000000000480000000000000048000000000000005800000000000000000000000000f83f"
        + "01000000000000000000000002000000787900000000000000000000010000000200000003000000010000000100000001000000000000000300000003000000"
        + "010000000100000002000000000000000000000000000000b800000000000000c000000000000000c800000000000000d000000000000000d800000000000000"
        + "e800000000000000f800000000000000f80000000000000001000000620000000100000000000000010000006201000000630000000000000100000000000000"
        + "01000000000000000000000000000000000000000000000000000000010000000100000000000000010000000100000000000000010000000100000001000000"
        + "000000000000000080010000000000008801000000000000900100000000000098010000000000009801000000000000a001000000000000a801000000000000"
        + "a8010000000000001000000000000000050000000000000018000000000000000300000002000000000000000000000000000000000000005800000000000000"
        + "f8000000000000005801000000000000050000000000000060010000000000000100000001000000000000000000000000000000000000000000000000000000"
        + "000000000000000068010000000000000a000000000000007801000000000000010000000100000000000000000000000000000000000000a801000000000000"
        + "00000000000000002800000003000000080200000000000000000000000000000000000000000000000000004a4d4458";

    [Fact]
    public void Version_1_is_written_as_documented() => Assert.Equal(
        Golden,
        Convert.ToHexStringLower(Image(["""{"a":7}""", """{"a":[1.5,"xy",null],"b":{"c":true}}""", """{"a":7.0}""", .. Enumerable.Repeat("{}", 37)])));

    [Fact]
    public void Image_that_is_cut_or_changed_is_refused_or_answers_within_its_rows()
    {
        var image = Image(Documents());
        Read(image, _ => { });
        for (var length = 0; length < image.Length; length += Math.Max(8, image.Length / 200 / 8 * 8))
            Assert.Throws<InvalidDataException>(() => Read(image.AsSpan(0, length).ToArray(), _ => { }));
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 600; i++)
        {
            var damaged = image.ToArray();
            // The structures at the end and the header tell where all else is.
            var place = random.Next(2) == 0 ? random.Next(damaged.Length) : damaged.Length - 1 - random.Next(1_000);
            damaged[place] ^= (byte)(1 << random.Next(8));
            try
            {
                Read(damaged, UseAll);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 60, 600);
    }

    private static IEnumerable<string> Documents()
    {
        for (var i = 0; i < 2_000; i++)
        {
            yield return i switch
            {
                7 => """{"a":""",
                8 => $$"""{"text":"{{new string('x', 300)}}"}""",
                _ => $$$"""{"n":{{{i}}},"mixed":[null,{{{(i % 2 == 0 ? "true" : "false")}}},{{{i % 7}}}.5,"k{{{i % 5}}}"],"deep":{"id":"unique-{{{i}}}","one":"same"}}""",
            };
        }
    }

    private static byte[] Image(IEnumerable<string> documents)
    {
        var builder = new MetadataIndexBuilder();
        foreach (var document in documents)
            builder.Add(Encoding.UTF8.GetBytes(document));
        var image = new List<byte>();
        builder.Write(bytes => image.AddRange(bytes));
        return [.. image];
    }

    private static void Read(byte[] image, Action<MetadataIndex> use)
    {
        // In memory of exactly its size: reading behind it would be noticed by tools, and alignment is that of a mapping.
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, image.Length), 64);
        try
        {
            image.CopyTo(new Span<byte>(memory, image.Length));
            use(MetadataIndex.Map(memory, image.Length));
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static void UseAll(MetadataIndex index)
    {
        using var rows = RowBitmap.Empty(index.RowCount);
        index.AddRows(index.Unread, rows);
        foreach (var field in index.Fields)
        {
            index.AddRows(field.Present, rows);
            index.AddRows(field.Partial, rows);
            foreach (var position in (long[])[field.PlainColumn, field.ElementColumn])
            {
                if (position == 0)
                    continue;
                var column = index.ColumnAt(position);
                for (var value = 0; value < column.ValueCount; value++)
                    column.AddRows(value, value + 1, rows);
                column.AddRows(column.FirstText, column.ValueCount, rows);
            }
        }

        foreach (var row in rows)
            Assert.InRange(row, 0, index.RowCount - 1);
    }
}
