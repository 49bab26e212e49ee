using System.Runtime.CompilerServices;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

public sealed partial class JadeClusterClient
{
    private const int ProgressPeriod = 256;

    /// <inheritdoc/>
    public Task<ImportSummary> ImportAsync(
        string databaseId, IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var edge = Edge;
        return TranslateAsync(() => ImportAsync(edge, databaseId, vectors, progress, cancellation), cancellation);
    }

    private async Task<ImportSummary> ImportAsync(
        ClusterEdge edge, string databaseId, IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress, CancellationToken cancellation)
    {
        var database = await edge.DatabaseAsync(databaseId, cancellation);
        string? position = null;
        var run = new ImportRun(
            async (items, _) =>
            {
                using var time = new CallTime(_options.Timeout, edge.Clock, CancellationToken.None);
                await edge.Embedder.EmbedAsync(database, items, time.Token);
                VectorWrite[] writes = [.. items.Select(item => item.ToWrite(mustExist: false, onlyNew: false))];
                var reply = await WriteOutcomes.WriteAsync(edge.Vectors, databaseId, writes, WriteOptionsOf(null, atomic: false, time), time.Token);
                position = PositionOf(reply.Position);
                return reply.Items;
            },
            edge.Limits.ImportErrors);
        await run.RunAsync(LinesOf(vectors, new VectorItems(edge.Limits, database.Settings.Dimension), progress, cancellation), cancellation);

        var report = run.Report;
        if (report is { Stored: 0, FirstError: { } first })
            throw new ApiRefusal(first.Error, $"Line {first.Line}: {first.Message}");
        return new ImportSummary
        {
            Imported = report.Stored,
            Failed = report.Failed,
            AcknowledgedLines = report.AcknowledgedLines,
            Errors = [.. report.Errors.Select(error => new ImportError { Line = error.Line, Id = error.Id, Code = error.Error, Detail = error.Message })],
            Position = position,
        };
    }

    private static async IAsyncEnumerable<ImportLine> LinesOf(
        IAsyncEnumerable<VectorInput> vectors, VectorItems items, IProgress<long>? progress, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long number = 0;
        await foreach (var vector in vectors.WithCancellation(cancellation))
        {
            yield return LineOf(++number, vector, items);
            if (number % ProgressPeriod == 0)
                progress?.Report(number);
        }

        progress?.Report(number);
    }

    private static ImportLine LineOf(long number, VectorInput vector, VectorItems items)
    {
        try
        {
            return new ImportLine(number, items.Of(vector, FieldPlace.Body));
        }
        catch (ApiRefusal refusal)
        {
            return new ImportLine(number, null, (refusal.Code, refusal.Message));
        }
    }
}
