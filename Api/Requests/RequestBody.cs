using System.Buffers;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>A whole request body in one pooled buffer. Only for bodies with a limit; an import streams instead.</summary>
internal struct RequestBody : IDisposable
{
    private const int FirstGuessBytes = 16 * 1024;

    private byte[] _buffer;
    private int _length;

    private RequestBody(byte[] buffer) => _buffer = buffer;

    public readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    public readonly ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <exception cref="ApiRefusal">Not JSON by its content type, or larger than the limit.</exception>
    public static async ValueTask<RequestBody> ReadJsonAsync(HttpContext context, int limitBytes, CancellationToken cancellation)
    {
        var request = context.Request;
        if (!IsJson(request.ContentType))
            throw Refuse.UnsupportedMediaType(request.ContentType, "application/json");
        if (request.ContentLength > limitBytes)
            throw Refuse.BodyTooLarge(limitBytes, request.ContentLength);

        var body = new RequestBody(ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? FirstGuessBytes)));
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellation);
                var fits = body.TryAppend(read.Buffer, limitBytes);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (!fits)
                    throw Refuse.BodyTooLarge(limitBytes, null);
                if (read.IsCompleted)
                    return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private bool TryAppend(ReadOnlySequence<byte> bytes, int limitBytes)
    {
        var length = _length + bytes.Length;
        if (length > limitBytes)
            return false;

        if (length > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(limitBytes, Math.Max(length, 2L * _buffer.Length)));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length = (int)length;
        return true;
    }

    /// <summary><c>application/json</c> or <c>application/anything+json</c>, in UTF-8.</summary>
    private static bool IsJson(string? contentType)
    {
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        if (parameters >= 0)
        {
            var charset = type[parameters..].IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
            if (charset >= 0 && !type[parameters..].Contains("utf-8", StringComparison.OrdinalIgnoreCase))
                return false;
            type = type[..parameters];
        }

        type = type.Trim();
        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
    }
}
