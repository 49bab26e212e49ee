using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using JadeVector.Client.Json;

namespace JadeVector.Client;

/// <summary>Talks to a JadeVector server over HTTP. Any number of threads may use one client; it never repeats a request by itself.</summary>
/// <exception cref="JadeApiException">Every call: the server refused.</exception>
/// <exception cref="HttpRequestException">Every call: no answer; a write may or may not have happened.</exception>
/// <exception cref="TimeoutException">Every call: no answer in time; a write may or may not have happened.</exception>
public sealed partial class JadeClient : IJadeClient, IDisposable
{
    private const string PositionHeader = "Jade-Position";

    private readonly JadeClientOptions _options;
    private readonly HttpClient _http;
    private readonly bool _ownsHttp;
    private readonly string _root;

    /// <param name="http">Sends the requests and stays the caller's; null makes one.</param>
    public JadeClient(JadeClientOptions options, HttpClient? http = null)
    {
        _options = options;
        _ownsHttp = http is null;
        _http = http ?? new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
        _root = options.BaseAddress.AbsoluteUri.TrimEnd('/');
    }

    public JadeClient(Uri baseAddress)
        : this(new JadeClientOptions { BaseAddress = baseAddress })
    {
    }

    public void Dispose()
    {
        if (_ownsHttp) _http.Dispose();
    }

    private static string DatabasePath(string databaseId) => $"/v1/databases/{Segment(databaseId)}";

    /// <summary>One path segment; dots too, since "." and ".." are ids here and directions elsewhere.</summary>
    private static string Segment(string text) =>
        text is "." or ".." ? text.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(text);

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var query = "";
        foreach (var (name, value) in parts)
            if (value is not null) query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
        return query;
    }

    private static JsonContent Json<T>(T body, JsonTypeInfo<T> type) => JsonContent.Create(body, type);

    private HttpRequestMessage Request(HttpMethod method, string pathAndQuery, HttpContent? content = null, WriteOptions? write = null)
    {
        // The path is encoded already, and System.Uri would decode %2E and fold dot segments.
        var address = new Uri(_root + pathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, address) { Content = content };
        if (_options.ApiKey is { Length: > 0 } key) request.Headers.Add("X-API-Key", key);
        if (write?.IdempotencyKey is { } idempotencyKey) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }

    private async Task<(T Body, string? Position)> CallAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var response = await SendAsync(request, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        var body = await response.Content.ReadFromJsonAsync(type, cancellation) ?? throw new JsonException("The server answered null.");
        return (body, PositionOf(response));
    }

    /// <summary>Sends and reads the whole answer within the time-out.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using (request) return await _http.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException cancelled) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{_options.BaseAddress} did not answer within {_options.Timeout.TotalSeconds:0.###} s.", cancelled);
        }
        catch (SocketException lost)
        {
            // A connection that dies between its making and its first use escapes the handler as it is.
            throw new HttpRequestException($"The connection to {_options.BaseAddress} was lost: {lost.Message}", lost);
        }
    }

    private static string? PositionOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(PositionHeader, out var values) ? values.First() : null;

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode) return;
        var problem = await ReadProblemAsync(response, cancellation);
        var code = problem?.Code ?? problem?.Error ?? $"http_{(int)response.StatusCode}";
        var detail = problem?.Detail ?? problem?.Message ?? problem?.Title ?? $"The server answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        throw new JadeApiException(response.StatusCode, code, detail, RetryAfterOf(response), problem?.TraceId);
    }

    private static async Task<ProblemDocument?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentType?.MediaType is not { } type || !type.EndsWith("json", StringComparison.Ordinal)) return null;
        try
        {
            // As bytes, since a stream could be read only once and two callers may ask.
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellation), Wire.Default.ProblemDocument);
        }
        catch (JsonException)
        {
            return null;   // a proxy's own idea of an error: the status says what there is to say
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when response.Headers.Date is { } now => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };
}
