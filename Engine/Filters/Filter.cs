using System.Text.Json;

namespace JadeVector.Engine.Filters;

/// <summary>A condition on the metadata and the id of a vector, parsed once and asked for many rows. Immutable; any number of threads may ask it at once.</summary>
/// <remarks>The language and its meaning, operator by operator: docs/filters.md.</remarks>
public sealed class Filter
{
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 256 };

    private readonly FilterNode _root;

    private Filter(FilterNode root) => _root = root;

    /// <summary>For those that answer it from an index.</summary>
    internal FilterNode Root => _root;

    /// <summary>Reads a filter document of the API.</summary>
    /// <param name="utf8Json">An object, or an array of conditions that must all hold. The empty object and the empty array match every row.</param>
    /// <exception cref="RefusalException"><c>invalid_argument</c> or <c>limit_exceeded</c>; the detail begins with the path of the offending part.</exception>
    public static Filter Parse(ReadOnlySpan<byte> utf8Json) => Parse(utf8Json, FilterOptions.Default);

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static Filter Parse(ReadOnlySpan<byte> utf8Json, FilterOptions options)
    {
        using var document = ParseDocument(utf8Json);
        return new Filter(new FilterParser(options).ParseRoot(document.RootElement));
    }

    /// <summary>Whether the row is one that the filter asks for.</summary>
    /// <param name="metadata">A JSON object in UTF-8, or empty for a row without metadata.</param>
    /// <param name="id">The row's id, UTF-8.</param>
    public bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id) => _root.Matches(metadata, id);

    private static JsonDocument ParseDocument(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            return JsonDocument.Parse(utf8Json.ToArray(), DocumentOptions);
        }
        catch (JsonException malformed)
        {
            throw new RefusalException(RefusalCodes.InvalidArgument, $"{FilterParser.RootPath}: not JSON: {malformed.Message}");
        }
    }
}
