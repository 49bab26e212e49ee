using System.Net;
using System.Net.Sockets;
using JadeVector.Models.Embeddings;
using Microsoft.Extensions.AI;
using Xunit;

namespace JadeVector.Tests.Models;

public sealed class OpenAiCompatibleEmbeddingTests
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Pauses between tries take no time; the time-out of the call never comes by itself.</summary>
    private readonly SteppedClock _clock = new(due => due < CallTimeout);

    private OpenAiCompatibleEmbeddingGenerator Generator(FakeEmbeddingServer server, int? dimension = 2, string? key = "secret-key", int batchSize = 128) =>
        new(new OpenAiCompatibleOptions
        {
            BaseAddress = server.BaseAddress,
            Model = "tiny",
            ApiKey = key,
            Dimension = dimension,
            Timeout = CallTimeout,
            BatchSize = batchSize,
        }, _clock);

    private static async Task<EmbeddingUnavailableException> Refused(OpenAiCompatibleEmbeddingGenerator generator) =>
        await Assert.ThrowsAsync<EmbeddingUnavailableException>(() => generator.GenerateAsync(["some text"]));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Vectors_come_back_in_the_order_of_the_texts(bool asBase64, bool inReverse)
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, body, context) => FakeEmbeddingServer.AnswerLengths(body, context, asBase64, inReverse));
        using var generator = Generator(server);

        var embeddings = await generator.GenerateAsync(["a", "bbb", "cc"]);

        Assert.Equal([[1f, 0f], [3f, 1f], [2f, 2f]], embeddings.Select(each => each.Vector.ToArray()));
        var seen = Assert.Single(server.Requests);
        Assert.Equal("/v1/embeddings", seen.Path);
        Assert.Equal("Bearer secret-key", seen.Authorization);
        Assert.Equal("""{"model":"tiny","input":["a","bbb","cc"],"encoding_format":"float"}""", seen.Body.ToJsonString());
    }

    [Fact]
    public async Task Many_texts_go_out_in_batches()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, body, context) => FakeEmbeddingServer.AnswerLengths(body, context));
        using var generator = Generator(server, batchSize: 2);

        var embeddings = await generator.GenerateAsync(["a", "bb", "ccc", "dddd", "eeeee"]);

        Assert.Equal([1f, 2f, 3f, 4f, 5f], embeddings.Select(each => each.Vector.Span[0]));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Without_a_key_no_credentials_are_sent()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, body, context) => FakeEmbeddingServer.AnswerLengths(body, context));
        using var generator = Generator(server, key: null);

        await generator.GenerateAsync(["a"]);

        Assert.Null(Assert.Single(server.Requests).Authorization);
    }

    [Fact]
    public async Task A_refused_key_is_reported_at_once_and_not_repeated()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, _, context) =>
            FakeEmbeddingServer.Answer(context, 401, """{"error":{"message":"Incorrect API key: secret-key"}}"""));
        using var generator = Generator(server);

        var refused = await Refused(generator);

        Assert.StartsWith($"The embedding endpoint {server.BaseAddress} answered 401: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Incorrect API key", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-key", refused.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_busy_endpoint_is_asked_again_after_the_pause_that_it_names()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((number, body, context) =>
        {
            if (number > 0) return FakeEmbeddingServer.AnswerLengths(body, context);
            context.Response.Headers.RetryAfter = "7";
            return FakeEmbeddingServer.Answer(context, 429, """{"error":{"message":"slow down"}}""");
        });
        using var generator = Generator(server);

        var embeddings = await generator.GenerateAsync(["abc"]);

        Assert.Equal([3f, 0f], Assert.Single(embeddings).Vector.ToArray());
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal([TimeSpan.FromSeconds(7)], _clock.Skipped);
    }

    [Fact]
    public async Task An_endpoint_that_stays_busy_is_given_up_after_the_retries()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, _, context) => FakeEmbeddingServer.Answer(context, 503, "overloaded"));
        using var generator = Generator(server);

        Assert.Contains("answered 503: overloaded", (await Refused(generator)).Message, StringComparison.Ordinal);
        Assert.Equal(1 + OpenAiCompatibleOptions.RetriesDefault, server.Requests.Count);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_is_given_up_when_the_time_is_over()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await FakeEmbeddingServer.StartAsync(async (_, _, context) =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var generator = Generator(server);

        var call = Refused(generator);
        await arrived.Task;
        _clock.RunWaiting();

        Assert.EndsWith("did not answer within 30 s.", (await call).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_own_cancellation_stays_a_cancellation()
    {
        var arrived = new TaskCompletionSource();
        using var cancellation = new CancellationTokenSource();
        await using var server = await FakeEmbeddingServer.StartAsync(async (_, _, context) =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var generator = Generator(server);

        var call = generator.GenerateAsync(["a"], cancellationToken: cancellation.Token);
        await arrived.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("<html>hello</html>", "answered with something that is not JSON.")]
    [InlineData("[]", "answered without an array \"data\".")]
    [InlineData("""{"data":[]}""", "answered with 0 vectors for 1 texts.")]
    [InlineData("""{"data":[{"index":0}]}""", "answered with an item without \"embedding\".")]
    [InlineData("""{"data":[{"index":3,"embedding":[1,2]}]}""", "answered with index 3 out of range or twice.")]
    [InlineData("""{"data":[{"index":0,"embedding":[1,"x"]}]}""", "answered with a component that is not a number.")]
    [InlineData("""{"data":[{"index":0,"embedding":[1,1e39]}]}""", "answered with a component that is not a finite number.")]
    [InlineData("""{"data":[{"index":0,"embedding":"%%%"}]}""", "answered with an \"embedding\" that is neither an array of numbers nor base64 of float32.")]
    [InlineData("""{"data":[{"index":0,"embedding":[]}]}""", "answered with an empty vector.")]
    [InlineData("""{"data":[{"index":0,"embedding":[1,2,3]}]}""", "answered with 3 components where 2 are expected.")]
    public async Task Nonsense_is_refused_with_what_is_wrong_in_it(string body, string reason)
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, _, context) => FakeEmbeddingServer.Answer(context, 200, body));
        using var generator = Generator(server);

        var refused = await Refused(generator);

        Assert.Equal(reason, refused.Reason);
        Assert.Equal(server.BaseAddress, refused.Endpoint);
    }

    [Fact]
    public async Task The_call_may_name_the_dimension_that_it_expects()
    {
        await using var server = await FakeEmbeddingServer.StartAsync((_, body, context) => FakeEmbeddingServer.AnswerLengths(body, context));
        using var generator = Generator(server, dimension: null);

        Assert.Equal(2, (await generator.GenerateAsync(["a"]))[0].Vector.Length);
        var refused = await Assert.ThrowsAsync<EmbeddingUnavailableException>(() => generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 8 }));
        Assert.Equal("answered with 2 components where 8 are expected.", refused.Reason);
    }

    [Fact]
    public async Task An_endpoint_that_is_down_is_named()
    {
        using var reserved = new TcpListener(IPAddress.Loopback, 0);
        reserved.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)reserved.LocalEndpoint).Port}/v1");
        reserved.Stop();
        using var generator = new OpenAiCompatibleEmbeddingGenerator(
            new OpenAiCompatibleOptions { BaseAddress = address, Model = "tiny", Timeout = CallTimeout, Retries = 1 }, _clock);

        var refused = await Refused(generator);

        Assert.StartsWith($"The embedding endpoint {address} cannot be reached: Connection refused", refused.Message, StringComparison.Ordinal);
        Assert.Contains("(2 tries)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_out_of_range_are_refused_and_the_key_is_not_printed()
    {
        var good = new OpenAiCompatibleOptions { BaseAddress = new Uri("http://127.0.0.1:1/v1"), Model = "tiny", ApiKey = "secret-key" };
        Assert.DoesNotContain("secret-key", good.ToString(), StringComparison.Ordinal);
        OpenAiCompatibleOptions[] bad =
        [
            good with { BaseAddress = new Uri("ftp://127.0.0.1/") },
            good with { BaseAddress = new Uri("v1", UriKind.Relative) },
            good with { Model = " " },
            good with { Timeout = TimeSpan.Zero },
            good with { Retries = -1 },
            good with { BatchSize = 0 },
            good with { Dimension = 0 },
        ];
        Assert.All(bad, options => Assert.ThrowsAny<ArgumentException>(() => new OpenAiCompatibleEmbeddingGenerator(options, _clock)));
    }
}
