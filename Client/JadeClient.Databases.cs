using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <inheritdoc/>
    public async Task<string> CreateDatabaseAsync(DatabaseDefinition definition, CancellationToken cancellation = default)
    {
        var request = Request(HttpMethod.Post, "/v1/databases", Json(definition, Wire.Default.DatabaseDefinition));
        return (await CallAsync(request, Wire.Default.CreatedDatabase, cancellation)).Body.DatabaseId;
    }

    /// <inheritdoc/>
    public async Task<Database> GetDatabaseAsync(string databaseId, CancellationToken cancellation = default) =>
        (await CallAsync(Request(HttpMethod.Get, DatabasePath(databaseId)), Wire.Default.Database, cancellation)).Body;

    /// <inheritdoc/>
    public async Task<Database?> FindDatabaseAsync(string name, CancellationToken cancellation = default) =>
        (await ListDatabasesAsync(Query(("name", name)), cancellation)).Databases.FirstOrDefault();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Database>> ListDatabasesAsync(CancellationToken cancellation = default)
    {
        var databases = new List<Database>();
        for (string? cursor = null; ;)
        {
            var page = await ListDatabasesAsync(Query(("limit", "1000"), ("cursor", cursor)), cancellation);
            databases.AddRange(page.Databases);
            if (page.NextCursor is null) return databases;
            cursor = page.NextCursor;
        }
    }

    /// <inheritdoc/>
    public async Task<Database> UpdateDatabaseAsync(string databaseId, DatabaseUpdate update, CancellationToken cancellation = default)
    {
        var request = Request(HttpMethod.Put, DatabasePath(databaseId), Json(update, Wire.Default.DatabaseUpdate));
        return (await CallAsync(request, Wire.Default.Database, cancellation)).Body;
    }

    /// <inheritdoc/>
    public async Task DeleteDatabaseAsync(string databaseId, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(Request(HttpMethod.Delete, DatabasePath(databaseId)), cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
    }

    /// <inheritdoc/>
    public async Task<DatabaseStatus> GetDatabaseStatusAsync(string databaseId, CancellationToken cancellation = default) =>
        (await CallAsync(Request(HttpMethod.Get, $"{DatabasePath(databaseId)}/status"), Wire.Default.DatabaseStatus, cancellation)).Body;

    /// <summary>The cluster as the server sees it: <c>GET /v1/cluster</c>.</summary>
    public async Task<JsonElement> GetClusterAsync(CancellationToken cancellation = default) =>
        (await CallAsync(Request(HttpMethod.Get, "/v1/cluster"), Wire.Default.JsonElement, cancellation)).Body;

    /// <summary>Whether the server answers at all; no answer is false.</summary>
    public Task<bool> IsLiveAsync(CancellationToken cancellation = default) => AnswersAsync("/livez", cancellation);

    /// <inheritdoc/>
    public Task<bool> IsReadyAsync(CancellationToken cancellation = default) => AnswersAsync("/readyz", cancellation);

    private async Task<bool> AnswersAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendAsync(Request(HttpMethod.Get, path), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception silent) when (silent is HttpRequestException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<DatabaseList> ListDatabasesAsync(string query, CancellationToken cancellation) =>
        (await CallAsync(Request(HttpMethod.Get, "/v1/databases" + query), Wire.Default.DatabaseList, cancellation)).Body;
}
