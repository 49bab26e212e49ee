using System.Text;
using JadeVector.Hosting.Edge;
using Microsoft.AspNetCore.Http.Features;

namespace JadeVector.Api.Requests;

/// <summary>
/// Takes vector ids from the target as the client sent it. The server's own path has been decoded and cleaned of dot
/// segments, so that there <c>%2F</c> and <c>%252F</c> are alike and an id of <c>..</c> has vanished.
/// </summary>
internal sealed class VectorIdPath(RequestDelegate next)
{
    private const string Marker = "/vectors/";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public Task InvokeAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var query = target.IndexOf('?');
        if (query >= 0)
            target = target[..query];
        if (target.ContainsAny('%', '.') && target.Contains(Marker, StringComparison.OrdinalIgnoreCase))
            Route(context, target);
        return next(context);
    }

    /// <summary>The id in the address of this request.</summary>
    /// <param name="routeValue">What routing found: right wherever the target had nothing to decode.</param>
    public static string IdOf(HttpContext context, string routeValue) => context.Features.Get<DecodedId>()?.Id ?? routeValue;

    private static void Route(HttpContext context, ReadOnlySpan<char> target)
    {
        var path = WithoutAuthority(target);
        Span<Range> parts = stackalloc Range[8];
        var count = path.Split(parts, '/');
        var first = count > 1 && path[parts[1]].Equals("api", StringComparison.OrdinalIgnoreCase) ? 2 : 1;
        if (count != first + 5
            || !path[parts[first]].Equals("v1", StringComparison.OrdinalIgnoreCase)
            || !path[parts[first + 1]].Equals("databases", StringComparison.OrdinalIgnoreCase)
            || !path[parts[first + 3]].Equals("vectors", StringComparison.OrdinalIgnoreCase))
            return;

        var encoded = path[parts[first + 4]];
        if (encoded.Length == 0)
            return;

        context.Features.Set(new DecodedId(Decode(encoded)));
        // Any one segment that routing takes for an id; 'batch' with its own meaning has nothing to decode and never comes here.
        context.Request.Path = new PathString(string.Concat(path[..parts[first + 3].End.Value], "/~"));
    }

    private static ReadOnlySpan<char> WithoutAuthority(ReadOnlySpan<char> target)
    {
        var scheme = target.IndexOf("://");
        if (target.StartsWith('/') || scheme < 0)
            return target;
        var path = target[(scheme + 3)..].IndexOf('/');
        return path < 0 ? "/" : target[(scheme + 3 + path)..];
    }

    private static string Decode(ReadOnlySpan<char> encoded)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(encoded.Length)];
        var count = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                count += Encoding.UTF8.GetBytes(encoded.Slice(i, 1), bytes.AsSpan(count));
                continue;
            }

            if (i + 2 >= encoded.Length || !char.IsAsciiHexDigit(encoded[i + 1]) || !char.IsAsciiHexDigit(encoded[i + 2]))
                throw Refuse.Invalid("vectorId", "has a '%' in the address that is not followed by two hexadecimal digits.");
            bytes[count++] = Convert.FromHexString(encoded.Slice(i + 1, 2))[0];
            i += 2;
        }

        try
        {
            return StrictUtf8.GetString(bytes, 0, count);
        }
        catch (DecoderFallbackException)
        {
            throw Refuse.Invalid("vectorId", "is not UTF-8 after percent-decoding.");
        }
    }

    private sealed record DecodedId(string Id);
}
