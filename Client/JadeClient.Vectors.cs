using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <inheritdoc/>
    public async Task<WriteReceipt> UpsertAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default) =>
        await WriteAsync(Request(HttpMethod.Post, VectorsPath(databaseId), Json(vector, Wire.Default.VectorInput), options), cancellation);

    /// <inheritdoc/>
    public async Task<WriteReceipt> ReplaceAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default) =>
        await WriteAsync(Request(HttpMethod.Put, VectorPath(databaseId, vector.Id), Json(vector, Wire.Default.VectorInput), options), cancellation);

    /// <inheritdoc/>
    public async Task<BatchReceipt> UpsertAsync(
        string databaseId, IReadOnlyList<VectorInput> vectors, WriteOptions? options = null, CancellationToken cancellation = default)
    {
        var path = $"{VectorsPath(databaseId)}/batch{Query(("atomic", options?.Atomic == true ? "true" : null))}";
        var request = Request(HttpMethod.Post, path, Json(new BatchBody(vectors, Upsert: true), Wire.Default.BatchBody), options);
        var (receipt, position) = await CallAsync(request, Wire.Default.BatchReceipt, cancellation);
        return receipt with { Position = position };
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string databaseId, string vectorId, WriteOptions? options = null, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(Request(HttpMethod.Delete, VectorPath(databaseId, vectorId), write: options), cancellation);
        if (await IsMissingVectorAsync(response, cancellation)) return false;
        await ThrowIfRefusedAsync(response, cancellation);
        return true;
    }

    /// <inheritdoc/>
    public async Task<StoredVector?> GetAsync(string databaseId, string vectorId, ReadOptions? options = null, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(Request(HttpMethod.Get, VectorPath(databaseId, vectorId) + Query(OptionsOf(options))), cancellation);
        if (await IsMissingVectorAsync(response, cancellation)) return null;
        await ThrowIfRefusedAsync(response, cancellation);
        return await response.Content.ReadFromJsonAsync(Wire.Default.StoredVector, cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredVector?>> GetAsync(
        string databaseId, IReadOnlyList<string> vectorIds, ReadOptions? options = null, CancellationToken cancellation = default)
    {
        var path = $"{VectorsPath(databaseId)}/batch-get{Query(OptionsOf(options))}";
        var reply = await CallAsync(Request(HttpMethod.Post, path, Json(new IdsBody(vectorIds), Wire.Default.IdsBody)), Wire.Default.BatchGetReply, cancellation);
        var byId = reply.Body.Vectors.OfType<StoredVector>().DistinctBy(vector => vector.Id).ToDictionary(vector => vector.Id, StringComparer.Ordinal);
        return [.. vectorIds.Select(id => byId.GetValueOrDefault(id))];
    }

    /// <inheritdoc/>
    public async Task<VectorPage> ListAsync(
        string databaseId, int limit = 100, string? cursor = null, ReadOptions? options = null, CancellationToken cancellation = default)
    {
        var query = Query([("limit", limit.ToString(CultureInfo.InvariantCulture)), ("cursor", cursor), .. OptionsOf(options)]);
        return (await CallAsync(Request(HttpMethod.Get, VectorsPath(databaseId) + query), Wire.Default.VectorPage, cancellation)).Body;
    }

    private static (string Name, string? Value)[] OptionsOf(ReadOptions? options) =>
        [("values", "base64"), ("consistency", options?.Consistency), ("minPosition", options?.MinPosition)];

    private static string VectorsPath(string databaseId) => $"{DatabasePath(databaseId)}/vectors";

    private static string VectorPath(string databaseId, string vectorId) => $"{VectorsPath(databaseId)}/{Segment(vectorId)}";

    /// <summary>Tells a vector that is not there from a database that is not there.</summary>
    private static async Task<bool> IsMissingVectorAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        response.StatusCode == HttpStatusCode.NotFound
        && await ReadProblemAsync(response, cancellation) is { Details: { ValueKind: JsonValueKind.Object } details }
        && details.TryGetProperty("vectorId", out _);

    private async Task<WriteReceipt> WriteAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var (written, position) = await CallAsync(request, Wire.Default.WrittenVector, cancellation);
        return new WriteReceipt(written.Version, position);
    }
}
