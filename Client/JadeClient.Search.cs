using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <inheritdoc/>
    public async Task<SearchResponse> SearchAsync(string databaseId, SearchRequest search, ReadOptions? options = null, CancellationToken cancellation = default)
    {
        var path = $"{DatabasePath(databaseId)}/search{Query(OptionsOf(options))}";
        return (await CallAsync(Request(HttpMethod.Post, path, Json(search, Wire.Default.SearchRequest)), Wire.Default.SearchResponse, cancellation)).Body;
    }
}
