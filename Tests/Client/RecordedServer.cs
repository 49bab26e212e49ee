using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace JadeVector.Tests.Client;

/// <summary>Gives recorded answers and keeps what was asked.</summary>
internal sealed class RecordedServer(HttpStatusCode status, string body, string contentType = "application/json") : HttpMessageHandler
{
    internal HttpMethod? Method { get; private set; }

    internal string? Target { get; private set; }

    internal HttpRequestHeaders? Headers { get; private set; }

    internal string? Body { get; private set; }

    internal string? ContentType { get; private set; }

    internal Action<HttpResponseMessage> Adjust { get; init; } = _ => { };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        (Method, Target, Headers) = (request.Method, request.RequestUri!.PathAndQuery, request.Headers);
        ContentType = request.Content?.Headers.ContentType?.MediaType;
        Body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, contentType) };
        Adjust(response);
        return response;
    }
}
