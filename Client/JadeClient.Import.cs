using System.Net.Http.Json;
using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <summary>Writes any number of vectors in one streaming request. Lines that fail do not harm the others.</summary>
    /// <param name="vectors">Read as fast as the server takes them.</param>
    /// <param name="progress">Gets the number of vectors sent so far, from time to time.</param>
    /// <returns>Counts and the first errors; what is imported is durable.</returns>
    /// <exception cref="JadeApiException">No line was stored, or the server gave up on the way.</exception>
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
