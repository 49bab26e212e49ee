using System.Text;
using JadeVector.Datasets;
using Xunit;

namespace JadeVector.Tests.Datasets;

public sealed class DatasetFolderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("jade-datasets-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz")]
    [InlineData("base.fbin", "query.fbin")]
    [InlineData("base.fbin.gz", "queries.fbin")]
    [InlineData("sift_base.fvecs", "sift_query.fvecs")]
    [InlineData("base.npy", "query.npy")]
    public void Base_and_queries_are_found_by_name(string baseName, string queryName)
    {
        Create(baseName, queryName, "train-labels-idx1-ubyte.gz", "README.md", "database.fbin");
        Assert.Equal(new Dataset.Vectors(In(baseName), In(queryName)), DatasetFolder.Find(_directory));
    }

    [Theory]
    [InlineData("docs.ndjson")]
    [InlineData("docs.ndjson.gz")]
    [InlineData("docs.jsonl")]
    public void Texts_are_found_in_a_directory_and_by_themselves(string name)
    {
        Create(name, "README.md");
        Assert.Equal(new Dataset.Texts(In(name)), DatasetFolder.Find(_directory));
        Assert.Equal(new Dataset.Texts(In(name)), DatasetFolder.Find(In(name)));
    }

    [Fact]
    public void What_is_not_there_is_said()
    {
        Assert.StartsWith("There is no directory", Assert.Throws<DatasetException>(() => DatasetFolder.Find(In("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("holds none of", Assert.Throws<DatasetException>(() => DatasetFolder.Find(_directory)).Message, StringComparison.Ordinal);
        Create("base.fbin");
        Assert.Contains("no file of queries (query.fbin)", Assert.Throws<DatasetException>(() => DatasetFolder.Find(_directory)).Message, StringComparison.Ordinal);
        Assert.Contains("only an .ndjson file", Assert.Throws<DatasetException>(() => DatasetFolder.Find(In("base.fbin"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_take_their_metadata_from_either_place()
    {
        var documents = Read("""
            {"id":"a","text":"the text","metadata":{"year":1969,"tags":["x"]},"other":1}

            {"id":"b","title":"Title","text":"body","section":"s","size":9007199254740993}
            """);
        Assert.Equal(("a", "the text", """{"year":1969,"tags":["x"]}"""), (documents[0].Id, documents[0].Text, documents[0].Metadata.GetRawText()));
        Assert.Equal(("b", "Title: body", """{"title":"Title","section":"s","size":9007199254740993}"""), (documents[1].Id, documents[1].Text, documents[1].Metadata.GetRawText()));
    }

    [Theory]
    [InlineData("""{"id":"a"}""", "set, line 1: there is no string \"text\".")]
    [InlineData("""{"text":"a"}""", "set, line 1: there is no string \"id\".")]
    [InlineData("[]", "set, line 1: not a JSON object.")]
    [InlineData("{", "set, line 1: not JSON: ")]
    public void A_bad_line_is_named(string line, string message) =>
        Assert.StartsWith(message, Assert.Throws<DatasetException>(() => Read(line)).Message, StringComparison.Ordinal);

    private static List<Document> Read(string text) => [.. Documents.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "set")];

    private void Create(params string[] names)
    {
        foreach (var name in names) File.WriteAllBytes(In(name), []);
    }

    private string In(string name) => Path.Combine(_directory, name);
}
