using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using JadeVector.Client.Json;

namespace JadeVector.Client;

/// <summary>A request body of one vector a line, made while it is sent: its size in memory is one buffer.</summary>
internal sealed class NdjsonContent : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    private readonly IAsyncEnumerable<VectorInput> _vectors;
    private readonly IProgress<long>? _progress;
    private readonly CancellationToken _cancellation;

    internal NdjsonContent(IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress, CancellationToken cancellation)
    {
        (_vectors, _progress, _cancellation) = (vectors, progress, cancellation);
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var buffer = new ArrayBufferWriter<byte>(BufferBytes);
        using var writer = new Utf8JsonWriter(buffer);
        long lines = 0;
        await foreach (var vector in _vectors.WithCancellation(_cancellation))
        {
            JsonSerializer.Serialize(writer, vector, Wire.Default.VectorInput);
            writer.Reset();
            buffer.Write("\n"u8);
            lines++;
            if (buffer.WrittenCount < BufferBytes) continue;
            await FlushAsync(stream, buffer);
            _progress?.Report(lines);
        }

        await FlushAsync(stream, buffer);
        _progress?.Report(lines);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async Task FlushAsync(Stream stream, ArrayBufferWriter<byte> buffer)
    {
        await stream.WriteAsync(buffer.WrittenMemory, _cancellation);
        buffer.ResetWrittenCount();
    }
}
