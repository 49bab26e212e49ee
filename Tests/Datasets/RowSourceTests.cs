using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using JadeVector.Datasets;
using Xunit;

namespace JadeVector.Tests.Datasets;

public sealed class RowSourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("jade-datasets-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static byte[] Floats(params float[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        return bytes;
    }

    private static byte[] Numbers(params int[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * 4), values[i]);
        return bytes;
    }

    private static byte[] Npy(string header, byte[] data) => [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. data];

    private static byte[] Idx(byte type, params byte[] data) => [0, 0, type, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, .. data];

    public static TheoryData<string, byte[], long?> Files => new()
    {
        { "base.fbin", [.. Numbers(2, 2), .. Floats(1, 2, 3, 250)], 2 },
        { "base.fvecs", [.. Numbers(2), .. Floats(1, 2), .. Numbers(2), .. Floats(3, 250)], null },
        { "base.bvecs", [.. Numbers(2), 1, 2, .. Numbers(2), 3, 250], null },
        { "truth.ibin", [.. Numbers(2, 2), .. Numbers(1, 2, 3, 250)], 2 },
        { "truth.ivecs", [.. Numbers(2), .. Numbers(1, 2), .. Numbers(2), .. Numbers(3, 250)], null },
        { "train-images-idx3-ubyte", Idx(0x08, 1, 2, 3, 250), 2 },
        { "train-images.idx3-ubyte", Idx(0x0D, [0x3F, 0x80, 0, 0, 0x40, 0, 0, 0, 0x40, 0x40, 0, 0, 0x43, 0x7A, 0, 0]), 2 },
        { "base.npy", Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", Floats(1, 2, 3, 250)), 2 },
        { "bytes.npy", Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n", [1, 2, 3, 250]), 2 },
        { "truth.npy", Npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }\n", [.. new long[] { 1, 2, 3, 250 }.SelectMany(BitConverter.GetBytes)]), 2 },
        { "double.npy", Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n", [.. new double[] { 1, 2, 3, 250 }.SelectMany(BitConverter.GetBytes)]), 2 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_format_gives_its_rows_plain_and_compressed(string name, byte[] content, long? count)
    {
        foreach (var path in new[] { Write(name, content), WriteCompressed(name + ".gz", content) })
        {
            using var rows = RowSource.Open(path);
            Assert.Equal((2, count), (rows.Dimension, rows.Count));
            Assert.Equal([[1, 2], [3, 250]], ReadAll(rows));
            Assert.Equal(2, rows.Position);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_ends_inside_a_row_is_refused(string name, byte[] content, long? count)
    {
        _ = count;
        foreach (var path in new[] { Write(name, content[..^1]), WriteCompressed(name + ".gz", content[..^1]) })
        {
            using var rows = RowSource.Open(path);
            var refused = Assert.Throws<DatasetException>(() => ReadAll(rows));
            Assert.Equal($"{path} ends too early.", refused.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_without_its_header_is_refused(string name, byte[] content, long? count)
    {
        _ = count;
        var path = Write(name, content[..3]);
        Assert.Equal($"{path} ends too early.", Assert.Throws<DatasetException>(() => RowSource.Open(path)).Message);
    }

    public static TheoryData<string, byte[], string> Damaged => new()
    {
        { "base.fbin", [.. Numbers(2, 0), .. Floats(1)], "its header says 0 components a row" },
        { "base.fbin", [.. Numbers(2, 70_000), .. Floats(1)], "its header says 70000 components a row" },
        { "base.fvecs", Numbers(-1), "its header says -1 components a row" },
        { "x-idx3-ubyte", [0, 1, 8, 1, 0, 0, 0, 1, 5], "its first bytes are not those of an IDX file" },
        { "x-idx0-ubyte", [0, 0, 8, 0], "it has no rows" },
        { "x.npy", [.. "not numpy at all"u8], "its first bytes are not those of an .npy file" },
        { "x.npy", Npy("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2), }", []), "it holds none of uint8, int32" },
        { "x.npy", Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", []), "it is in Fortran order" },
        { "x.npy", Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", []), "it is not two-dimensional" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_file_that_is_not_what_its_name_says_is_refused(string name, byte[] content, string why)
    {
        var path = Write(name, content);
        Assert.StartsWith($"{path} is damaged or of another kind: {why}", Assert.Throws<DatasetException>(() => RowSource.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_are_read_as_row_numbers_and_nothing_else_is_taken_for_one()
    {
        var neighbours = new int[2];
        using (var rows = RowSource.Open(Write("t.ibin", [.. Numbers(2, 2), .. Numbers(16_777_217, 2), .. Numbers(-1, 0)])))
        {
            Assert.True(rows.ReadRowNumbers(neighbours));
            Assert.Equal([16_777_217, 2], neighbours);
            Assert.EndsWith("its row 1 lists something that is no row number.", Assert.Throws<DatasetException>(() => rows.ReadRowNumbers(neighbours)).Message, StringComparison.Ordinal);
        }

        using var halves = RowSource.Open(Write("t.fbin", [.. Numbers(1, 2), .. Floats(1, 0.5f)]));
        Assert.Throws<DatasetException>(() => halves.ReadRowNumbers(neighbours));
    }

    [Fact]
    public void Rows_of_different_lengths_are_refused()
    {
        using var rows = RowSource.Open(Write("base.fvecs", [.. Numbers(2), .. Floats(1, 2), .. Numbers(1), .. Floats(3)]));
        Assert.EndsWith("row 1 has 1 components, those before it 2.", Assert.Throws<DatasetException>(() => ReadAll(rows)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gzip_that_is_none_is_refused()
    {
        var path = Write("base.fbin.gz", [.. Numbers(2, 2), .. Floats(1, 2, 3, 4)]);
        Assert.StartsWith($"{path} is not a whole gzip file", Assert.Throws<DatasetException>(() => RowSource.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_and_missing_files_are_refused()
    {
        Assert.EndsWith("is of no known kind: IDX, .fbin, .ibin, .fvecs, .bvecs, .ivecs or .npy.", Assert.Throws<DatasetException>(() => RowSource.Open(Write("a.csv", []))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<DatasetException>(() => RowSource.Open(Path.Combine(_directory, "none.fbin"))).Message, StringComparison.Ordinal);
    }

    private static List<float[]> ReadAll(RowSource rows)
    {
        var all = new List<float[]>();
        var row = new float[rows.Dimension];
        while (rows.Read(row)) all.Add([.. row]);
        return all;
    }

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private string WriteCompressed(string name, byte[] content)
    {
        var path = Path.Combine(_directory, name);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(content);
        return path;
    }
}
