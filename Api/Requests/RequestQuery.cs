using System.Globalization;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.Primitives;

namespace JadeVector.Api.Requests;

/// <summary>How vectors' values are written into an answer.</summary>
internal enum ValuesForm
{
    Array,
    Base64,
    None,
}

/// <summary>The query parameters of a request; what a route does not know it refuses.</summary>
internal readonly ref struct RequestQuery
{
    public static readonly string[] OfReads = ["consistency", "minPosition"];

    private readonly IQueryCollection? _query;

    /// <param name="known">All that the route reads.</param>
    public RequestQuery(HttpContext context, params ReadOnlySpan<string> known)
    {
        if (!context.Request.QueryString.HasValue)
            return;

        _query = context.Request.Query;
        foreach (var (name, values) in _query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw Refuse.UnknownParameter(name, known.ToArray());
            if (values.Count > 1)
                throw Refuse.Invalid(name, "is given more than once.");
        }
    }

    public string? Text(string name) =>
        _query is not null && _query.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value) ? value.ToString() : null;

    public long Number(string name, long fallback, long min, long max)
    {
        if (Text(name) is not { } text)
            return fallback;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? FieldRules.AtLeast(number, name, min, max)
            : throw FieldRules.NotAtLeast(name, min);
    }

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Refuse.Invalid(name, "must be 'true' or 'false'."),
    };

    public ValuesForm Values() => Text("values") switch
    {
        null or "array" => ValuesForm.Array,
        "base64" => ValuesForm.Base64,
        "none" => ValuesForm.None,
        _ => throw Refuse.Invalid("values", "must be 'array', 'base64' or 'none'."),
    };

    /// <summary>Whether <c>partial=allow</c>.</summary>
    public bool AllowsPartial() => Text("partial") switch
    {
        null or "deny" => false,
        "allow" => true,
        _ => throw Refuse.Invalid("partial", "must be 'allow' or 'deny'."),
    };

    public ReadOptions Read(DateTimeOffset deadline, bool values, bool metadata) => new()
    {
        Consistency = FieldRules.Consistency(Text("consistency")),
        MinPosition = Text("minPosition"),
        Deadline = deadline,
        IncludeValues = values,
        IncludeMetadata = metadata,
    };
}
