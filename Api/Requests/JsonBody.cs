using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>Bodies that are read as whole objects: those off the hot path.</summary>
internal static class JsonBody
{
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int limitBytes, CancellationToken cancellation)
        where T : class
    {
        using var body = await RequestBody.ReadJsonAsync(context, limitBytes, cancellation);
        try
        {
            return JsonSerializer.Deserialize(body.Bytes, type) ?? throw Refuse.Invalid("body", "must be a JSON object.");
        }
        catch (JsonException problem)
        {
            throw Translate(problem);
        }
    }

    private static ApiRefusal Translate(JsonException problem)
    {
        var field = problem.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "body";
        // The serializer tells these three apart by nothing but its words and whether its reader was the one to fail.
        if (problem.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
            return Refuse.Unknown(field == "body" ? NameIn(problem.Message) : field);
        if (problem.Message.Contains("Duplicate property", StringComparison.OrdinalIgnoreCase))
            return Refuse.Invalid(field, "is given twice.");
        return problem.InnerException is JsonException
            ? Refuse.Malformed(problem.Message)
            : Refuse.Invalid(field, "has another JSON type than this field takes.");
    }

    private static string NameIn(string message) => message.Split('\'') is [_, var name, ..] ? name : "body";
}
