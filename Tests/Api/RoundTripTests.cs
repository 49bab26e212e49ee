using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

/// <summary>What goes in comes back as it was.</summary>
public sealed class RoundTripTests
{
    [Fact]
    public async Task Every_float_comes_back_bit_for_bit_as_numbers_and_as_base64()
    {
        const int Dimension = 4_000;
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync(Dimension)}/vectors";
        var bytes = FiniteFloats(Dimension);
        var numbers = string.Join(',', Floats(bytes).Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        (await api.PostAsync(vectors, $$"""{"id":"numbers","values":[{{numbers}}]}""")).ExpectJson(201);
        (await api.PostAsync(vectors, $$$"""{"id":"base64","values":{"base64":"{{{Convert.ToBase64String(bytes)}}}"}}""")).ExpectJson(201);

        var escaped = Convert.ToBase64String(bytes).Replace("+", "\\u002B", StringComparison.Ordinal);
        (await api.PostAsync(vectors, $$$"""{"id":"escaped","values":{"base64":"{{{escaped}}}"}}""")).ExpectJson(201);

        foreach (var id in (string[])["numbers", "base64", "escaped"])
        {
            var asBase64 = (await api.GetAsync($"{vectors}/{id}?values=base64")).ExpectJson(200);
            Assert.Equal(Convert.ToBase64String(bytes), asBase64["values"]!["base64"]!.GetValue<string>());
            var asNumbers = (await api.GetAsync($"{vectors}/{id}")).ExpectJson(200)["values"]!.AsArray();
            Assert.Equal(
                Floats(bytes).Select(BitConverter.SingleToInt32Bits),
                asNumbers.Select(value => BitConverter.SingleToInt32Bits(float.Parse(value!.ToJsonString(), CultureInfo.InvariantCulture))));
            Assert.Null((await api.GetAsync($"{vectors}/{id}?values=none")).ExpectJson(200)["values"]);
        }
    }

    [Fact]
    public async Task Metadata_keeps_every_number_and_escape_as_it_was_written()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        const string Metadata =
            """{"big":9007199254740993,"one":1.0,"e":1E+2,"huge":123456789012345678901234567890,"small":1e-400,"s":"aé\u00e9\n\"","n":null,"t":[true,false,[],{}],"":{"k":{"k":1}}}""";
        var spaced = Metadata.Replace(",\"", " , \n\t\"", StringComparison.Ordinal).Replace("{\"k\"", "{ \"k\" ", StringComparison.Ordinal);
        (await api.PostAsync($"/v1/databases/{database}/vectors", $$"""{"id":"a","values":[1,2,3],"metadata": {{spaced}} }""")).ExpectJson(201);
        Assert.Equal(Metadata, Encoding.UTF8.GetString(api.Cluster.Stored(database, "a")!.Metadata!));
        Assert.Contains($"\"metadata\":{Metadata}", (await api.GetAsync($"/v1/databases/{database}/vectors/a")).Body, StringComparison.Ordinal);
        var found = await api.PostAsync($"/v1/databases/{database}/search", """{"queryVector":[1,2,3],"includeMetadata":true}""");
        Assert.Contains($"\"metadata\":{Metadata}", found.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("100%", "100%25")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2e%2E")]
    [InlineData("..", "..")]
    [InlineData("../../..", "..%2f..%2f..")]
    [InlineData("a b", "a%20b")]
    [InlineData("a+b", "a+b")]
    [InlineData("a?b#c", "a%3Fb%23c")]
    [InlineData("😀é", "%F0%9F%98%80%C3%A9")]
    [InlineData("v1.2", "v1.2")]
    [InlineData("~", "~")]
    [InlineData("batch", "batch")]
    [InlineData("batch", "%62atch")]
    [InlineData("vectors/x", "vectors%2Fx")]
    public async Task Any_id_is_reachable_by_its_address(string id, string encoded)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var json = System.Text.Json.JsonSerializer.Serialize(id);
        (await api.PostAsync($"/v1/databases/{database}/vectors", $$"""{"id":{{json}},"values":[1,2,3]}""")).ExpectJson(201);
        Assert.Equal([id], api.Cluster.IdsIn(database));

        foreach (var prefix in (string[])["/v1", "/api/v1"])
        {
            var target = $"{prefix}/databases/{database}/vectors/{encoded}";
            Assert.Equal(id, (await api.SendRawAsync("GET", target + "?values=none")).ExpectJson(200)["id"]!.GetValue<string>());
            (await api.SendRawAsync("PUT", target, """{"values":[3,2,1]}""")).ExpectJson(200);
        }

        Assert.Equal([id], api.Cluster.IdsIn(database));
        (await api.SendRawAsync("DELETE", $"/v1/databases/{database}/vectors/{encoded}")).ExpectJson(200);
        Assert.Empty(api.Cluster.IdsIn(database));
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("batch-get")]
    public async Task Names_of_routes_are_ids_too(string id)
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        (await api.PostAsync(vectors, $$"""{"id":"{{id}}","values":[1,2,3]}""")).ExpectJson(201);
        Assert.Equal(1, (await api.PostAsync($"{vectors}/batch-get", $$"""{"ids":["{{id}}"]}""")).ExpectJson(200)["count"]!.GetValue<int>());
        Assert.Equal(id, (await api.GetAsync($"{vectors}/{id}")).ExpectJson(200)["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("%FF")]
    [InlineData("%C3%28")]
    [InlineData("a%2")]
    [InlineData("a%zz")]
    [InlineData("%0A")]
    public async Task Address_that_encodes_no_id_is_refused(string encoded)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        (await api.SendRawAsync("GET", $"/v1/databases/{database}/vectors/{encoded}")).ExpectProblem(400, "invalid_argument");
    }

    [Fact]
    public async Task Pages_follow_each_other_to_the_end_without_gap_or_overlap()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var items = string.Join(',', Enumerable.Range(0, 25).Select(n => $$"""{"id":"v{{n}}","values":[1,2,3]}"""));
        (await api.PostAsync($"{vectors}/batch", $$"""{"vectors":[{{items}}]}""")).ExpectJson(201);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await api.GetAsync($"{vectors}?limit=7{(cursor is null ? "" : $"&cursor={cursor}")}")).ExpectJson(200);
            seen.AddRange(page["vectors"]!.AsArray().Select(vector => vector!["id"]!.GetValue<string>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"v{n}"), seen);
        var skipped = (await api.GetAsync($"{vectors}?limit=3&offset=20")).ExpectJson(200)["vectors"]!.AsArray();
        Assert.Equal(["v20", "v21", "v22"], skipped.Select(vector => vector!["id"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Large_page_is_gathered_in_calls_that_stay_small()
    {
        await using var api = await ApiHost.StartAsync();
        const int Dimension = 16_384;
        var database = await api.CreateDatabaseAsync(Dimension);
        var values = Convert.ToBase64String(new byte[Dimension * sizeof(float)]);
        var items = string.Join(',', Enumerable.Range(0, 60).Select(n => $$$"""{"id":"v{{{n}}}","values":{"base64":"{{{values}}}"}}"""));
        (await api.PostAsync($"/v1/databases/{database}/vectors/batch", $$"""{"vectors":[{{items}}]}""")).ExpectJson(201);
        var page = (await api.GetAsync($"/v1/databases/{database}/vectors?limit=60&values=base64")).ExpectJson(200);
        Assert.Equal(60, page["vectors"]!.AsArray().Count);
        var ids = string.Join(',', Enumerable.Range(0, 60).Select(n => $"\"v{n}\""));
        Assert.Equal(60, (await api.PostAsync($"/v1/databases/{database}/vectors/batch-get?values=base64", $$"""{"ids":[{{ids}}]}""")).ExpectJson(200)["count"]!.GetValue<int>());
        Assert.All(api.Cluster.ReadSizes, size => Assert.InRange(size * Dimension * sizeof(float), 1, 3 * 1024 * 1024));
    }

    private static byte[] FiniteFloats(int count)
    {
        var random = new Random(7);
        float[] special = [0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1f / 3f, 16_777_217f, 1e-38f];
        var bytes = new byte[count * sizeof(float)];
        for (var i = 0; i < count; i++)
        {
            var value = i < special.Length ? special[i] : float.NaN;
            while (!float.IsFinite(value))
                value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), value);
        }

        return bytes;
    }

    private static IEnumerable<float> Floats(byte[] bytes) =>
        Enumerable.Range(0, bytes.Length / sizeof(float)).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float))));
}
