using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <summary>Writes any number of vectors in one streaming request. Lines that fail do not harm the others.</summary>
    /// <param name="vectors">Read as fast as the server takes them.</param>
    /// <param name="progress">Gets the number of vectors sent so far, from time to time.</param>
    /// <returns>Counts and the first errors; what is imported is durable.</returns>
    public async Task<ImportSummary> ImportAsync(
        string databaseId, IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/import", new NdjsonContent(vectors, progress, cancellation));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        var summary = await ReadSummaryAsync(response, cancellation);
        return summary.Position is null ? summary with { Position = PositionOf(response) } : summary;
    }

    /// <summary>The answer is one JSON document, or one a line of which the last is the summary.</summary>
    private static async Task<ImportSummary> ReadSummaryAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (response.Content.Headers.ContentType?.MediaType == "application/x-ndjson")
            text = text.TrimEnd().Split('\n')[^1];
        return JsonSerializer.Deserialize(text, Wire.Default.ImportSummary) ?? throw new JsonException("The server answered an import with null.");
    }
}
