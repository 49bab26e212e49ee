using System.Net;
using System.Text;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class StorageOutageTests
{
    [Fact]
    public async Task Writes_are_refused_while_storage_is_away_and_go_on_when_it_is_back()
    {
        Assert.SkipWhen(AzuriteProcess.Program is null, "Azurite is not installed (npm ci in eng/azurite; ./jade test does it).");
        using var directory = new TemporaryDirectory();
        var location = Path.Join(directory.Path, "azurite");
        var azurite = await AzuriteProcess.StartAsync(location);
        var port = azurite.Port;
        await using var node = await Node.StartAsync(directory.Path, ("Storage:ConnectionString", azurite.ConnectionString));
        var database = await node.Http.CreateDatabase("outage", 2, ""","metric":"euclidean" """);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"before","values":[1,1]}""", HttpStatusCode.Created);

        await azurite.StopAsync();
        using (var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/databases/{database}/vectors"))
        {
            request.Content = new StringContent("""{"id":"during","values":[2,2]}""", Encoding.UTF8, "application/json");
            request.Headers.Add("Jade-Timeout-Ms", "2000");
            using var refused = await node.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await node.Http.Post("/v1/databases", """{"name":"during","vectorDimension":2}""", HttpStatusCode.ServiceUnavailable);

        // What is in memory is still served to those who accept it as it was.
        var found = await node.Http.Post($"/v1/databases/{database}/search?consistency=eventual", """{"queryVector":[1,1],"topK":1}""");
        Assert.Equal(["before"], found.Ids());
        await node.Http.Get("/readyz", HttpStatusCode.ServiceUnavailable);
        await azurite.DisposeAsync();

        await using var again = await AzuriteProcess.StartAsync(location, port);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"after","values":[3,3]}""", HttpStatusCode.Created);
        Assert.Equal(["after"], (await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[3,3],"topK":1}""")).Ids());
    }
}
