using System.Text;
using JadeVector.Engine.Blobs;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

public sealed class StateEnvelopeTests
{
    private const string Name = "catalog-catalog/7F.json";
    private const string State = """{"ids":{"a":"db_1"}}""";

    /// <summary>As docs/formats/grain-state.md has it: a change is a new format version.</summary>
    private const string Golden = """{"jadeState":1,"crc32c":"8b87402d","state":{"ids":{"a":"db_1"}}}""";

    [Fact]
    public void Golden_document_is_written_and_read()
    {
        Assert.Equal(Golden, Encoding.UTF8.GetString(StateEnvelope.Wrap(Name, Encoding.UTF8.GetBytes(State))));
        Assert.Equal(State, Encoding.UTF8.GetString(StateEnvelope.Unwrap(Name, Encoding.UTF8.GetBytes(Golden)).Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData(State)]
    [InlineData(Golden + " ")]
    [InlineData(" " + Golden)]
    public void Anything_else_is_damage(string stored) =>
        Assert.Throws<BlobDamagedException>(() => StateEnvelope.Unwrap(Name, Encoding.UTF8.GetBytes(stored)));

    [Fact]
    public void State_of_another_grain_is_damage() =>
        Assert.Equal("catalog-catalog/80.json", Assert.Throws<BlobDamagedException>(() => StateEnvelope.Unwrap("catalog-catalog/80.json", Encoding.UTF8.GetBytes(Golden))).Blob);
}
