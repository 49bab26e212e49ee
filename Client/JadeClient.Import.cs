using System.Net.Http.Json;
using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <inheritdoc/>
    public async Task<ImportSummary> ImportAsync(
        string databaseId, IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/import", new NdjsonContent(vectors, progress, cancellation));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        var summary = await response.Content.ReadFromJsonAsync(Wire.Default.ImportSummary, cancellation);
        return (summary ?? throw new JsonException("The server answered an import with null.")) with { Position = PositionOf(response) };
    }
}
