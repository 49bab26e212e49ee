using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace JadeVector.Api.OpenApi;

/// <summary>Query parameters and headers that several routes share, for the document.</summary>
internal static class KnownParameters
{
    private static readonly Dictionary<string, Func<OpenApiParameter>> Query = new(StringComparer.Ordinal)
    {
        ["limit"] = () => Of("limit", JsonSchemaType.Integer, "Entries wanted."),
        ["offset"] = () => Of("offset", JsonSchemaType.Integer, "Entries to pass over; not with `cursor`."),
        ["cursor"] = () => Of("cursor", JsonSchemaType.String, "`nextCursor` of the page before."),
        ["name"] = () => Of("name", JsonSchemaType.String, "The name of a database."),
        ["includeStats"] = () => Of("includeStats", JsonSchemaType.Boolean, "Add counts; asks every shard, so it can be slow."),
        ["consistency"] = () => Of(
            "consistency", JsonSchemaType.String, "`bounded` (default): at most a second behind; `strong`: verified against storage; `eventual`: any copy.",
            "bounded", "strong", "eventual"),
        ["minPosition"] = () => Of("minPosition", JsonSchemaType.String, "A `Jade-Position` of an earlier write: the answer includes that write."),
        ["values"] = () => Of("values", JsonSchemaType.String, "How values are written.", "array", "base64", "none"),
        ["partial"] = () => Of(
            "partial", JsonSchemaType.String, "`allow`: when a shard cannot answer, what the others found, and `missingShards`.", "deny", "allow"),
        ["atomic"] = () => Of("atomic", JsonSchemaType.Boolean, "All or none, within one shard; a batch that touches two is refused."),
        ["ifVersion"] = () => Of("ifVersion", JsonSchemaType.Integer, "Only if the vector has this version."),
    };

    public static OpenApiParameter InQuery(string name) => Query[name]();

    public static OpenApiParameter IdempotencyKey() => Header(
        "Idempotency-Key", JsonSchemaType.String, "1 to 96 bytes: sent again with the same body, the write gets its first answer and happens once.");

    public static OpenApiParameter Timeout() => Header("Jade-Timeout-Ms", JsonSchemaType.Integer, "Time for this request in milliseconds; 30,000 by default.");

    private static OpenApiParameter Header(string name, JsonSchemaType type, string description)
    {
        var parameter = Of(name, type, description);
        parameter.In = ParameterLocation.Header;
        return parameter;
    }

    private static OpenApiParameter Of(string name, JsonSchemaType type, string description, params string[] values) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema
        {
            Type = type,
            Enum = values.Length == 0 ? null : [.. values.Select(value => (JsonNode)JsonValue.Create(value))],
        },
    };
}
