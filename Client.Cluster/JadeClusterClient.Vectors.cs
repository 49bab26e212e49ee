using System.Text.Json;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using GrainReadOptions = JadeVector.Grains.Interfaces.ReadOptions;
using GrainWriteOptions = JadeVector.Grains.Interfaces.WriteOptions;

namespace JadeVector.Client.Cluster;

public sealed partial class JadeClusterClient
{
    /// <inheritdoc/>
    public Task<WriteReceipt> UpsertAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default) =>
        WriteOneAsync(databaseId, vector, "id", mustExist: false, options, cancellation);

    /// <inheritdoc/>
    public Task<WriteReceipt> ReplaceAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default) =>
        WriteOneAsync(databaseId, vector, "vectorId", mustExist: true, options, cancellation);

    /// <inheritdoc/>
    public Task<BatchReceipt> UpsertAsync(
        string databaseId, IReadOnlyList<VectorInput> vectors, WriteOptions? options = null, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            var database = await edge.DatabaseAsync(databaseId, time.Token);
            var write = WriteOptionsOf(options, options?.Atomic == true, time);
            var entries = new VectorItems(edge.Limits, database.Settings.Dimension).Of(vectors);
            var outcomes = await BatchOutcomes.OfAsync(entries, write.Atomic, async accepted =>
            {
                await edge.Embedder.EmbedAsync(database, accepted, time.Token);
                VectorWrite[] writes = [.. accepted.Select(item => item.ToWrite(mustExist: false, onlyNew: false))];
                return await WriteOutcomes.WriteAsync(edge.Vectors, databaseId, writes, write, time.Token);
            });
            return outcomes.Refusal() is { } refusal ? throw refusal : ReceiptOf(outcomes);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string databaseId, string vectorId, WriteOptions? options = null, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            var write = new VectorWrite { Kind = WriteKind.Delete, Id = VectorIds.Check(vectorId, "vectorId", edge.Limits) };
            FieldRules.DatabaseId(databaseId);
            var reply = await WriteOutcomes.WriteAsync(edge.Vectors, databaseId, [write], WriteOptionsOf(options, atomic: false, time), time.Token);
            if (reply.Items[0].Status == WriteStatus.NotFound)
                return false;
            WriteOutcomes.ThrowUnlessStored(reply.Items[0], vectorId);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<StoredVector?> GetAsync(string databaseId, string vectorId, ReadOptions? options = null, CancellationToken cancellation = default) => ReadAsync(
        async (edge, time) =>
        {
            var read = ReadOptionsOf(options, time);
            string[] ids = [VectorIds.Check(vectorId, "vectorId", edge.Limits)];
            FieldRules.DatabaseId(databaseId);
            return (await edge.Vectors.GetAsync(databaseId, ids, read, time.Token))[0] is { } found ? VectorOf(found) : null;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredVector?>> GetAsync(
        string databaseId, IReadOnlyList<string> vectorIds, ReadOptions? options = null, CancellationToken cancellation = default) =>
        ReadAsync<IReadOnlyList<StoredVector?>>(
            async (edge, time) =>
            {
                var read = ReadOptionsOf(options, time);
                var database = await edge.DatabaseAsync(databaseId, time.Token);
                VectorIds.CheckAll(vectorIds, edge.Limits);
                var found = await VectorPages.GetAsync(edge.Vectors, database, vectorIds, read, time.Token);
                return [.. found.Select(vector => vector is null ? null : VectorOf(vector))];
            },
            cancellation);

    /// <inheritdoc/>
    public Task<VectorPage> ListAsync(
        string databaseId, int limit = 100, string? cursor = null, ReadOptions? options = null, CancellationToken cancellation = default) => ReadAsync(
        async (edge, time) =>
        {
            FieldRules.AtLeast(limit, "limit", 1, edge.Limits.PageItems);
            var read = ReadOptionsOf(options, time);
            var database = await edge.DatabaseAsync(databaseId, time.Token);
            var page = await VectorPages.ReadAsync(edge.Vectors, database, offset: 0, limit, cursor, read, time.Token);
            return new VectorPage { Vectors = [.. page.Vectors.Select(VectorOf)], Total = page.Total, NextCursor = page.NextCursor };
        },
        cancellation);

    private static GrainReadOptions ReadOptionsOf(ReadOptions? options, CallTime time) => new()
    {
        Consistency = FieldRules.Consistency(options?.Consistency),
        MinPosition = options?.MinPosition,
        Deadline = time.Deadline,
    };

    private static GrainWriteOptions WriteOptionsOf(WriteOptions? options, bool atomic, CallTime time) => new()
    {
        RequestId = options?.IdempotencyKey is { } key ? FieldRules.IdempotencyKey(key, "Idempotency-Key") : null,
        Atomic = atomic,
        Deadline = time.Deadline,
    };

    private static StoredVector VectorOf(VectorRecord vector) => new()
    {
        Id = vector.Id,
        Values = vector.Values is { } values ? VectorBytes.Read(values) : null,
        Text = vector.Text,
        Metadata = vector.Metadata is { } metadata ? JsonElement.Parse(metadata) : null,
        Version = vector.Version,
    };

    private static string? PositionOf(string? position) => string.IsNullOrEmpty(position) ? null : position;

    private static BatchReceipt ReceiptOf(BatchOutcomes outcomes)
    {
        var errors = new List<BatchError>();
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (outcomes.ReasonOf(i) is var (code, detail))
                errors.Add(new BatchError { Index = i, Id = outcomes.IdOf(i), Code = code, Detail = detail });
        }

        return new BatchReceipt { Inserted = outcomes.Inserted, Updated = outcomes.Updated, Errors = errors, Position = PositionOf(outcomes.Position) };
    }

    private Task<WriteReceipt> WriteOneAsync(
        string databaseId, VectorInput vector, string idField, bool mustExist, WriteOptions? options, CancellationToken cancellation) => ChangeAsync(
        async (edge, time) =>
        {
            var database = await edge.DatabaseAsync(databaseId, time.Token);
            var item = new VectorItems(edge.Limits, database.Settings.Dimension).Of(vector, FieldPlace.Body, idField);
            await edge.Embedder.EmbedAsync(database, [item], time.Token);
            VectorWrite[] writes = [item.ToWrite(mustExist, onlyNew: false)];
            var reply = await WriteOutcomes.WriteAsync(edge.Vectors, databaseId, writes, WriteOptionsOf(options, atomic: false, time), time.Token);
            WriteOutcomes.ThrowUnlessStored(reply.Items[0], item.Id);
            return new WriteReceipt(reply.Items[0].Version, PositionOf(reply.Position));
        },
        cancellation);
}
