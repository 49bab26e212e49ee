using System.Diagnostics;
using System.Globalization;
using JadeVector.Benchmarks.ActorPath;
using JadeVector.Benchmarks.Load;
using JadeVector.Client;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Hosting.Work;
using JadeVector.Storage.Azure;

namespace JadeVector.Benchmarks.Ingest;

/// <param name="Batch">Vectors in a batch.</param>
/// <param name="Time">Of writing batches.</param>
/// <param name="Singles">Single vectors, each beside an append of the same bytes.</param>
internal sealed record IngestOptions(int Dimension, int Batch, int Writers, TimeSpan Time, int Singles, int Shards, string Storage);

/// <summary>Writes over HTTP to a node of its own. Every answer means that the write is durable.</summary>
internal sealed class IngestRun(IngestOptions options, TextWriter output)
{
    private const int Seed = 20_260_104, Drawn = 1_024, WarmSingles = 8_000;

    /// <summary>What a frame of the log has beside the values: its header, the id, lengths and checksums.</summary>
    private const int FrameOverheadBytes = 128;

    internal async Task RunAsync(CancellationToken cancellation)
    {
        await using var storage = await BenchStorage.OpenAsync(options.Storage, cancellation);
        await using var node = storage.Node("ingest");
        var address = await node.StartAsync(cancellation);
        var vectors = RandomVectors.Draw(new Random(Seed), Drawn, options.Dimension);
        await WriteSinglesAsync(storage, address, vectors, cancellation);
        await WriteBatchesAsync(address, vectors, cancellation);
        Say($"node: {MeasuredProcess.PeakMebibytes(node.ProcessId):0} MiB at most");
    }

    private async Task WriteBatchesAsync(Uri address, byte[][] vectors, CancellationToken cancellation)
    {
        var database = await CreateAsync(address, "batches", options.Shards, cancellation);
        var (record, began) = (new LoadRecord(), Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, options.Writers).Select(writer => Task.Run(
            async () =>
            {
                using var connection = await LoadConnection.OpenAsync(address, cancellation);
                for (var batch = 0; Stopwatch.GetElapsedTime(began) < options.Time; batch++)
                {
                    var first = batch * options.Batch;
                    byte[][] values = [.. Enumerable.Range(first, options.Batch).Select(i => vectors[i % vectors.Length])];
                    var request = LoadRequest.UpsertBatch(database, string.Create(CultureInfo.InvariantCulture, $"{writer}-{batch}"), values);
                    var sent = Stopwatch.GetTimestamp();
                    record.Add(await connection.SendAsync(request, cancellation), Stopwatch.GetElapsedTime(sent));
                }
            },
            cancellation)));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Say($"{options.Storage}: {record.Accepted * options.Batch / seconds:0} acknowledged vectors/s ({options.Dimension}-d, batches of {options.Batch}, {options.Writers} writers, {options.Shards} shards, {seconds:0} s)");
        Say($"  a batch: p50 {record.Percentile(0.5):0.0} ms, p99 {record.Percentile(0.99):0.0} ms; refused: {record.Refusals}");
    }

    /// <summary>One after the other and in turns, so that a change of the machine's speed meets both.</summary>
    private async Task WriteSinglesAsync(BenchStorage storage, Uri address, byte[][] vectors, CancellationToken cancellation)
    {
        var database = await CreateAsync(address, "singles", shards: 1, cancellation);
        using var work = new ThreadWorkScheduler(Environment.ProcessorCount, TimeProvider.System);
        var store = await OpenStoreAsync(storage, work, cancellation);
        await store.CreateAppendAsync("bench/log", cancellation);
        using var connection = LoadConnection.Open(address);
        var (upserts, appends) = (new LoadRecord(), new LoadRecord());
        var good = new LoadAnswer(201, null);
        long length = 0;
        for (var i = -WarmSingles; i < options.Singles; i++)
        {
            var values = vectors[(i + WarmSingles) % vectors.Length];
            var request = LoadRequest.Upsert(database, string.Create(CultureInfo.InvariantCulture, $"s{i}"), values);
            byte[] bytes = [.. values, .. new byte[FrameOverheadBytes]];
            var began = Stopwatch.GetTimestamp();
            connection.Expect(request);
            var upserted = Stopwatch.GetElapsedTime(began);
            began = Stopwatch.GetTimestamp();
            var appended = await store.AppendAsync("bench/log", bytes, length, cancellation);
            var time = Stopwatch.GetElapsedTime(began);
            if (appended.Status != AppendStatus.Appended) throw new BenchException($"The append ended as {appended.Status}.");
            length += bytes.Length;
            if (i < 0) continue;
            upserts.Add(good, upserted);
            appends.Add(good, time);
        }

        if (store is IAsyncDisposable disposable) await disposable.DisposeAsync();
        var (upsert, append) = (1_000 * upserts.Percentile(0.5), 1_000 * appends.Percentile(0.5));
        Say($"{options.Storage}: a single {options.Dimension}-d upsert over HTTP p50 {upsert:0} µs (p99 {1_000 * upserts.Percentile(0.99):0}), the store's append p50 {append:0} µs (p99 {1_000 * appends.Percentile(0.99):0})");
        Say($"  {upsert / append:0.00} x, + {upsert - append:0} µs (aim: 1.5 x, or + 250 µs where that is more)");
    }

    private async Task<string> CreateAsync(Uri address, string name, int shards, CancellationToken cancellation)
    {
        using var client = new JadeClient(address);
        return await client.CreateDatabaseAsync(
            new DatabaseDefinition { Name = name, VectorDimension = options.Dimension, Metric = "euclidean", Sharding = new Sharding { Strategy = "hash", NumShards = shards } }, cancellation);
    }

    private static async Task<IBlobStore> OpenStoreAsync(BenchStorage storage, ThreadWorkScheduler work, CancellationToken cancellation)
    {
        var ids = new CryptographicIdSource();
        if (storage.ConnectionString is null) return await LocalBlobStore.OpenAsync(Path.Combine(storage.Path, "append"), new DiskFileSystem(), work, ids, cancellation);
        var azure = new AzureBlobStoreOptions { ConnectionString = storage.ConnectionString, Container = "append", CacheDirectory = Path.Combine(storage.Path, "append") };
        return await AzureBlobStore.OpenAsync(azure, work, ids, cancellation);
    }

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
