using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using JadeVector.Api.Responses;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Problems;

/// <summary>Writes RFC 9457 problem documents with the members that upstream's clients read.</summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";

    public static Task WriteAsync(
        HttpContext context, string code, string detail, IReadOnlyList<(string Name, object? Value)>? details = null, int? status = null)
    {
        var kind = ProblemCodes.Of(code);
        var response = context.Response;
        response.StatusCode = status ?? kind.Status;
        response.ContentType = ContentType;
        if (kind.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";

        using var json = JsonAnswer.Rent(response.BodyWriter);
        WriteTo(json.Writer, context, code, detail, response.StatusCode, kind.Title, details ?? []);
        return json.FinishAsync(context);
    }

    private static void WriteTo(
        Utf8JsonWriter writer, HttpContext context, string code, string detail, int status, string title, IReadOnlyList<(string Name, object? Value)> details)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "urn:jade:" + code);
        writer.WriteString("title"u8, title);
        writer.WriteNumber("status"u8, status);
        writer.WriteString("detail"u8, detail);
        writer.WriteString("code"u8, code);
        writer.WriteString("traceId"u8, Activity.Current?.Id ?? context.TraceIdentifier);
        writer.WriteString("error"u8, code);
        writer.WriteString("message"u8, detail);
        writer.WriteStartObject("details"u8);
        foreach (var (name, value) in details)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case Action<Utf8JsonWriter> write:
                write(writer);
                break;
            default:
                throw new UnreachableException($"A problem detail of type {value.GetType()} has no form in JSON.");
        }
    }
}
