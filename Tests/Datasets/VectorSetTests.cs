using System.Buffers.Binary;
using JadeVector.Datasets;
using Xunit;

namespace JadeVector.Tests.Datasets;

public sealed class VectorSetTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("jade-datasets-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Base_and_queries_are_read_up_to_their_limits()
    {
        var dataset = new Dataset.Vectors(Write("base.fbin", 3, 2), Write("query.fbin", 2, 2));
        using (var all = VectorSet.Read(dataset, null, 100)) Assert.Equal((3, 2), (all.Rows.Count, all.Queries.Count));
        using var some = VectorSet.Read(dataset, 2, 1);
        Assert.Equal((2, 1), (some.Rows.Count, some.Queries.Count));
        Assert.Equal([2f, 3f], some.Rows[1].ToArray());
        Assert.Equal([0f, 1f], some.Queries[0]);
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused()
    {
        var three = Write("base.fbin", 3, 3);
        Assert.Contains("has 3 components a row", Refused(three, Write("query.fbin", 1, 2)), StringComparison.Ordinal);
        Assert.EndsWith("holds no vector.", Refused(three, Write("query.fbin", 0, 3)), StringComparison.Ordinal);
        Assert.EndsWith("holds no vector.", Refused(Write("base.fbin", 0, 3), Write("query.fbin", 1, 3)), StringComparison.Ordinal);
    }

    private static string Refused(string basePath, string queryPath) =>
        Assert.Throws<DatasetException>(() => VectorSet.Read(new Dataset.Vectors(basePath, queryPath), null, 10)).Message;

    /// <summary>Components 0, 1, 2 … through the file.</summary>
    private string Write(string name, int count, int dimension)
    {
        var bytes = new byte[8 + (count * dimension * 4)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), dimension);
        for (var i = 0; i < count * dimension; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + (i * 4)), i);
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
