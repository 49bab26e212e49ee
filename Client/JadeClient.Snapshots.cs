using System.Net.Http.Json;
using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

public sealed partial class JadeClient
{
    /// <inheritdoc/>
    public async Task<Snapshot> CreateSnapshotAsync(string databaseId, string label = "", CancellationToken cancellation = default)
    {
        var request = Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/snapshots", Json(new SnapshotBody(label), Wire.Default.SnapshotBody));
        return (await CallAsync(request, Wire.Default.Snapshot, cancellation)).Body;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Snapshot>> ListSnapshotsAsync(string databaseId, CancellationToken cancellation = default) =>
        (await CallAsync(Request(HttpMethod.Get, $"{DatabasePath(databaseId)}/snapshots"), Wire.Default.SnapshotList, cancellation)).Body.Snapshots;

    /// <inheritdoc/>
    public async Task DeleteSnapshotAsync(string databaseId, string snapshotId, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(Request(HttpMethod.Delete, $"{DatabasePath(databaseId)}/snapshots/{Segment(snapshotId)}"), cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string> RestoreSnapshotAsync(string databaseId, string snapshotId, string name, DateTimeOffset? at = null, CancellationToken cancellation = default)
    {
        var request = Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/snapshots/{Segment(snapshotId)}/restore", Json(new RestoreBody(name, at), Wire.Default.RestoreBody));
        return (await CallAsync(request, Wire.Default.CreatedDatabase, cancellation)).Body.DatabaseId;
    }

    /// <inheritdoc/>
    public async Task ExportSnapshotAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Get, $"{DatabasePath(databaseId)}/snapshots/{Segment(snapshotId)}/export");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        await response.Content.CopyToAsync(target, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string> ImportSnapshotAsync(string name, Stream source, CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Post, "/v1/databases/import-snapshot" + Query(("name", name)), new StreamContent(source));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        var made = await response.Content.ReadFromJsonAsync(Wire.Default.CreatedDatabase, cancellation) ?? throw new JsonException("The server answered null.");
        return made.DatabaseId;
    }

    /// <inheritdoc/>
    public async Task<string> CreateBranchAsync(string databaseId, string name, CancellationToken cancellation = default)
    {
        var request = Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/branches", Json(new BranchBody(name), Wire.Default.BranchBody));
        return (await CallAsync(request, Wire.Default.CreatedDatabase, cancellation)).Body.DatabaseId;
    }

    /// <inheritdoc/>
    public async Task<bool> CompactAsync(string databaseId, CancellationToken cancellation = default) =>
        (await CallAsync(Request(HttpMethod.Post, $"{DatabasePath(databaseId)}/compact", Json(new CompactBody(), Wire.Default.CompactBody)), Wire.Default.CompactReply, cancellation)).Body.Done;
}
