using System.Globalization;
using System.Text;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class AnswerLengthTests
{
    [Theory]
    [InlineData("POST", "vectors", """{"id":"é","values":[1,2,3]}""", 201)]
    [InlineData("GET", "vectors/é", null, 200)]
    [InlineData("GET", "vectors", null, 200)]
    [InlineData("POST", "search", """{"queryVector":[1,2,3]}""", 200)]
    [InlineData("GET", "status", null, 200)]
    [InlineData("GET", "vectors/none", null, 404)]
    [InlineData("POST", "search", "{", 400)]
    public async Task Answers_tell_their_length_and_come_in_one_piece(string method, string route, string? json, int status)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        (await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"é","values":[1,2,3]}""")).ExpectJson(201);

        var answer = await api.SendRawAsync(method, $"/v1/databases/{database}/{route.Replace("é", "%C3%A9", StringComparison.Ordinal)}", json);

        Assert.Equal(status, answer.Status);
        Assert.DoesNotContain("Transfer-Encoding", answer.Headers.Keys);
        Assert.Equal(Encoding.UTF8.GetByteCount(answer.Body).ToString(CultureInfo.InvariantCulture), answer.Headers["Content-Length"]);
    }
}
