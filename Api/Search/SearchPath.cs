namespace JadeVector.Api.Search;

/// <summary>What a search's address says, read without routing.</summary>
/// <param name="Route">The pattern that routing would find, as metrics name it.</param>
internal readonly record struct SearchPath(string DatabaseId, string Route)
{
    public const string Plain = "/databases/{databaseId}/search";
    public const string Advanced = Plain + "/advanced";

    /// <returns>False: the request is no search.</returns>
    public static bool TryParse(HttpRequest request, out SearchPath search)
    {
        search = default;
        if (!HttpMethods.IsPost(request.Method))
            return false;

        var path = request.Path.Value.AsSpan().TrimEnd('/');
        var isAlias = TakeStart(ref path, RouteTable.AliasPrefix);
        if (!isAlias && !TakeStart(ref path, RouteTable.Prefix))
            return false;
        if (!TakeStart(ref path, "/databases/"))
            return false;
        var isAdvanced = TakeEnd(ref path, "/advanced");
        if (!TakeEnd(ref path, "/search") || path.IsEmpty || path.Contains('/'))
            return false;

        search = new SearchPath(path.ToString(), (isAlias, isAdvanced) switch
        {
            (false, false) => RouteTable.Prefix + Plain,
            (false, true) => RouteTable.Prefix + Advanced,
            (true, false) => RouteTable.AliasPrefix + Plain,
            (true, true) => RouteTable.AliasPrefix + Advanced,
        });
        return true;
    }

    private static bool TakeStart(ref ReadOnlySpan<char> path, string start)
    {
        if (!path.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            return false;
        path = path[start.Length..];
        return true;
    }

    private static bool TakeEnd(ref ReadOnlySpan<char> path, string end)
    {
        if (!path.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            return false;
        path = path[..^end.Length];
        return true;
    }
}
