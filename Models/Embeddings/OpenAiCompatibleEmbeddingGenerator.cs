using System.Buffers;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Embeddings;
using EmbeddingGenerationOptions = Microsoft.Extensions.AI.EmbeddingGenerationOptions;

namespace JadeVector.Models.Embeddings;

/// <summary>Embeds text at an endpoint that speaks OpenAI's embeddings API. A call gives every vector or throws.</summary>
/// <remarks>Requests go out through the OpenAI package's pipeline (credentials, retries); they are written and read here, since compatible servers differ in what they understand.</remarks>
public sealed class OpenAiCompatibleEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private const int ServerWordsMax = 300;

    private readonly OpenAiCompatibleOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient? _ownHttp;
    private readonly EmbeddingClient _client;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <param name="clock">Times out and pauses between tries.</param>
    /// <param name="http">Sends the requests and stays the caller's; null makes one.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public OpenAiCompatibleEmbeddingGenerator(OpenAiCompatibleOptions options, TimeProvider clock, HttpClient? http = null)
    {
        options.Validate();
        _options = options;
        _clock = clock;
        _ownHttp = http is null ? new HttpClient { Timeout = Timeout.InfiniteTimeSpan } : null;
        var clientOptions = new OpenAIClientOptions
        {
            Endpoint = options.BaseAddress,
            NetworkTimeout = Timeout.InfiniteTimeSpan,   // the clock below times out, tries and pauses together
            RetryPolicy = new ClockRetryPolicy(options.Retries, clock),
            Transport = new HttpClientPipelineTransport(http ?? _ownHttp!),
        };
        if (string.IsNullOrEmpty(options.ApiKey)) clientOptions.AddPolicy(new NoCredentials(), PipelinePosition.BeforeTransport);
        _client = new EmbeddingClient(options.Model, new ApiKeyCredential(options.ApiKey is { Length: > 0 } key ? key : "none"), clientOptions);
        _metadata = new EmbeddingGeneratorMetadata("openai-compatible", options.BaseAddress, options.Model, options.Dimension);
    }

    /// <summary>One vector per text, in order, as the endpoint gives them.</summary>
    /// <param name="options"><see cref="EmbeddingGenerationOptions.Dimensions"/> overrides the expected dimension; the model is the configured one.</param>
    /// <exception cref="EmbeddingUnavailableException">The endpoint is down, refuses, takes too long or answers nonsense.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var texts in values.Chunk(_options.BatchSize))
        {
            foreach (var vector in await EmbedAsync(texts, options?.Dimensions ?? _options.Dimension, cancellationToken))
                embeddings.Add(new Embedding<float>(vector) { ModelId = _options.Model });
        }

        return embeddings;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose() => _ownHttp?.Dispose();

    private async Task<float[][]> EmbedAsync(string[] texts, int? dimension, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using var request = BinaryContent.Create(RequestBody(texts, dimension));
            var result = await _client.GenerateEmbeddingsAsync(request, new RequestOptions { CancellationToken = either.Token });
            return EmbeddingResponse.Read(result.GetRawResponse().Content.ToMemory(), texts.Length, dimension);
        }
        catch (OperationCanceledException cancelled) when (!cancellation.IsCancellationRequested)
        {
            throw Unavailable($"did not answer within {_options.Timeout.TotalSeconds:0.###} s.", cancelled);
        }
        catch (FormatException nonsense)
        {
            throw Unavailable(nonsense.Message, nonsense);
        }
        catch (ClientResultException refused)
        {
            throw Unavailable(Reason(refused), refused);
        }
        catch (AggregateException retried) when (retried.InnerExceptions[^1] is ClientResultException or HttpRequestException or IOException)
        {
            throw Unavailable($"{Reason(retried.InnerExceptions[^1])} ({retried.InnerExceptions.Count} tries)", retried);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            throw Unavailable(Reason(lost), lost);
        }
    }

    private BinaryData RequestBody(string[] texts, int? dimension)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("model", _options.Model);
            writer.WriteStartArray("input");
            foreach (var text in texts) writer.WriteStringValue(text);
            writer.WriteEndArray();
            writer.WriteString("encoding_format", "float");
            if (_options.SendDimension && dimension is { } wanted) writer.WriteNumber("dimensions", wanted);
            writer.WriteEndObject();
        }

        return BinaryData.FromBytes(buffer.WrittenMemory);
    }

    private EmbeddingUnavailableException Unavailable(string reason, Exception cause) => new(_options.BaseAddress, reason, cause);

    private string Reason(Exception exception)
    {
        if (exception is ClientResultException { Status: > 0 } refused) return $"answered {refused.Status}: {ServerWords(refused)}";
        var root = exception;
        while (root.InnerException is { } inner) root = inner;
        return $"cannot be reached: {root.Message}";
    }

    /// <summary>What the server says about its refusal, cut short, and without the key that some servers repeat.</summary>
    private string ServerWords(ClientResultException refused)
    {
        var words = refused.GetRawResponse()?.Content.ToString() is { Length: > 0 } body ? body : refused.Message;
        if (_options.ApiKey is { Length: > 0 } key) words = words.Replace(key, "(the key)", StringComparison.Ordinal);
        words = string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length <= ServerWordsMax ? words : words[..ServerWordsMax] + "…";
    }
}
