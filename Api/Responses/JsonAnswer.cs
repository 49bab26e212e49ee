using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace JadeVector.Api.Responses;

/// <summary>A JSON answer written straight into the response's pipe, with a writer that its thread keeps for the next one.</summary>
internal readonly struct JsonAnswer : IDisposable
{
    public const string ContentType = "application/json; charset=utf-8";

    private static readonly JsonWriterOptions Options = new()
    {
        // Not embedded into HTML anywhere: text stays readable and small.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static Utf8JsonWriter? _spare;

    private JsonAnswer(Utf8JsonWriter writer) => Writer = writer;

    public Utf8JsonWriter Writer { get; }

    /// <summary>Whoever rents it writes without awaiting, then awaits <see cref="FinishAsync"/>, then disposes of it.</summary>
    public static JsonAnswer Rent(IBufferWriter<byte> output)
    {
        if (_spare is not { } writer)
            return new JsonAnswer(new Utf8JsonWriter(output, Options));

        _spare = null;
        writer.Reset(output);
        return new JsonAnswer(writer);
    }

    /// <summary>Starts an answer of that status.</summary>
    public static JsonAnswer Begin(HttpContext context, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        return Rent(context.Response.BodyWriter);
    }

    /// <summary>Answers with a whole object: for routes off the hot path.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        using var answer = Begin(context, status);
        JsonSerializer.Serialize(answer.Writer, value, type);
        return answer.FinishAsync(context);
    }

    /// <summary>Hands what was written to the connection, with its length: without that the end would be a chunk and a system call of its own, which the client waits for.</summary>
    public Task FinishAsync(HttpContext context)
    {
        Complete();
        context.Response.ContentLength = Writer.BytesCommitted;
        var flush = context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        if (!flush.IsCompletedSuccessfully)
            return Wait(flush);

        _ = flush.Result;
        return Task.CompletedTask;

        static async Task Wait(ValueTask<FlushResult> flush) => await flush;
    }

    public void Dispose()
    {
        Writer.Reset(Stream.Null);
        _spare = Writer;
    }

    /// <summary>Into the pipe's memory: nothing here can block.</summary>
    private void Complete() => Writer.Flush();
}
