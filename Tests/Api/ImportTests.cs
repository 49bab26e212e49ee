using System.Text;
using JadeVector.Api.Import;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using JadeVector.Tests.Api.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class ImportTests
{
    private const string Ndjson = "application/x-ndjson";

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\r\n", "\r\n")]
    [InlineData("\n\n  \n", "\n\n")]
    public async Task Every_line_is_stored_however_lines_end(string separator, string end)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var body = "\uFEFF" + string.Join(separator, Enumerable.Range(0, 1000).Select(Line)) + end;
        var answer = (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", body, Ndjson)).ExpectJson(201);
        Assert.Equal(1000, answer["received"]!.GetValue<int>());
        Assert.Equal(1000, answer["count"]!.GetValue<int>());
        Assert.Equal(0, answer["failed"]!.GetValue<int>());
        Assert.Equal(1000, api.Cluster.IdsIn(database).Count);
        Assert.Equal([256, 256, 256, 232], api.Cluster.WrittenBatches);
        Assert.Equal("{\"n\":7}", Encoding.UTF8.GetString(api.Cluster.Stored(database, "v7")!.Metadata!));
    }

    [Fact]
    public async Task Bad_lines_are_told_by_number_and_the_others_are_stored()
    {
        await using var api = await ApiHost.StartAsync(("Jade:Limits:ImportErrors", "5"), ("Jade:Limits:ImportLineBytes", "200"));
        var database = await api.CreateDatabaseAsync();
        string[] lines =
        [
            Line(0), """{"id":"a","values":[1]}""", Line(1), "{not json", $$"""{"id":"long","values":[1,2,3],"text":"{{new string('x', 5000)}}"}""",
            Line(2), "", """{"id":"b","values":[1,2,NaN]}""", """{"id":"c","values":[1,2,3],"ifVersion":5}""", """{"id":"","values":[1,2,3]}""", Line(3),
        ];
        var answer = (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", string.Join('\n', lines), Ndjson)).ExpectJson(207);
        Assert.Equal(4, answer["count"]!.GetValue<int>());
        Assert.Equal(6, answer["failed"]!.GetValue<int>());
        Assert.Equal(11, answer["acknowledgedLines"]!.GetValue<int>());
        Assert.Equal(["v0", "v1", "v2", "v3"], api.Cluster.IdsIn(database));
        Assert.Equal(
            ["2 wrong_dimension", "4 malformed_json", "5 limit_exceeded", "8 not_finite", "10 invalid_argument"],
            answer["errors"]!.AsArray().Select(error => $"{error!["line"]} {error["error"]}"));
    }

    [Fact]
    public async Task Import_of_which_no_line_was_stored_is_a_problem()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var problem = (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", "{}\n{}", Ndjson)).ExpectProblem(400, "invalid_argument");
        Assert.StartsWith("Line 1: ", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(2, problem["details"]!["import"]!["failed"]!.GetValue<int>());
        Assert.Equal(0, (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", "", Ndjson)).ExpectJson(201)["count"]!.GetValue<int>());
        (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", Line(1))).ExpectProblem(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Import_is_larger_than_any_body_limit_and_its_lines_larger_than_a_buffer()
    {
        await using var api = await ApiHost.StartAsync(("Jade:Limits:BodyBytes", "4096"), ("Jade:Limits:TextBytes", "1048576"));
        var database = await api.CreateDatabaseAsync();
        var text = new string('x', 700_000);
        var body = string.Join('\n', Enumerable.Range(0, 12).Select(n => $$"""{"id":"v{{n}}","values":[1,2,3],"text":"{{text}}"}"""));
        Assert.Equal(12, (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", body, Ndjson)).ExpectJson(201)["count"]!.GetValue<int>());
        Assert.All(api.Cluster.WrittenBatches, size => Assert.InRange(size * text.Length, 1, 3_670_016));
    }

    [Fact]
    public async Task Store_that_gives_up_ends_the_import_and_tells_how_far_it_came()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var writes = 0;
        api.Cluster.BeforeWrite = (_, _) => ++writes <= 2 ? Task.CompletedTask : throw new JadeException("storage_unavailable", "The disk is full.");
        var body = string.Join('\n', Enumerable.Range(0, 1000).Select(Line));
        var answer = await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", body, Ndjson, [("Idempotency-Key", "run")]);
        var import = answer.ExpectProblem(503, "storage_unavailable")["details"]!["import"]!;
        Assert.Equal(512, import["count"]!.GetValue<int>());
        Assert.Equal(512, import["acknowledgedLines"]!.GetValue<int>());
        Assert.Equal(512, api.Cluster.IdsIn(database).Count);
        Assert.Equal(["run/1", "run/257"], api.Cluster.RequestIds);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task Slow_store_slows_the_client_down()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var release = new TaskCompletionSource();
        api.Cluster.BeforeWrite = (_, _) => release.Task;
        using var body = new EndlessLines();
        var context = new DefaultHttpContext { Request = { Body = body } };
        var limits = new LimitOptions();
        var lines = new ImportLines(new NdjsonLines(context.Request.BodyReader, limits.ImportLineBytes), limits, dimension: 3);
        var run = new ImportRun(
            async (items, _) =>
            {
                VectorWrite[] writes = [.. items.Select(item => item.ToWrite(mustExist: false, onlyNew: false))];
                return (await ((IVectorStore)api.Cluster).WriteAsync(database, writes, new WriteOptions(), CancellationToken.None)).Items;
            },
            limits.ImportErrors);

        // Reads from this body end at once, so that the run comes back only when it waits for the store.
        var running = run.RunAsync(lines.ReadAsync(CancellationToken.None), CancellationToken.None);
        Assert.False(running.IsCompleted);
        // Two batches of 256 lines and what the reader holds of the next; the body has no end.
        Assert.InRange(body.LinesRead, 512, 1024);
        Assert.Empty(api.Cluster.WrittenBatches);

        body.Stop();
        release.SetResult();
        await running;
        Assert.Equal(body.LinesRead, api.Cluster.IdsIn(database).Count);
    }

    [Fact]
    public async Task Later_of_two_lines_with_one_id_wins_over_batches_too()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var body = string.Join('\n', Enumerable.Range(0, 600).Select(n => $$"""{"id":"same","values":[{{n}},0,0]}"""));
        var answer = (await api.SendAsync(HttpMethod.Post, $"/v1/databases/{database}/import", body, Ndjson)).ExpectJson(201);
        Assert.Equal((1, 599), (answer["inserted"]!.GetValue<int>(), answer["updated"]!.GetValue<int>()));
        Assert.Equal(599f, BitConverter.ToSingle(api.Cluster.Stored(database, "same")!.Values!));
    }

    private static string Line(int n) => $$$"""{"id":"v{{{n}}}","values":[{{{n}}},2,3],"metadata":{"n":{{{n}}}}}""";

    /// <summary>Whole lines for as long as they are taken.</summary>
    private sealed class EndlessLines : Stream
    {
        private ReadOnlyMemory<byte> _rest;
        private bool _stopped;

        public int LinesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Stop() => _stopped = true;

        public override int Read(Span<byte> buffer)
        {
            if (_rest.IsEmpty && !_stopped)
                _rest = Encoding.UTF8.GetBytes(Line(LinesRead++) + "\n");
            var count = Math.Min(_rest.Length, buffer.Length);
            _rest.Span[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
