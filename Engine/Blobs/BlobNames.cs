using System.Buffers;

namespace JadeVector.Engine.Blobs;

/// <summary>What a blob may be called, the same for every store: see <see cref="IBlobStore"/>.</summary>
public static class BlobNames
{
    /// <summary>Longest name, parts and slashes together; Azure allows 1,024.</summary>
    public const int LengthMax = 900;

    /// <summary>Longest part between slashes; file systems allow 255 bytes.</summary>
    public const int PartLengthMax = 200;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <exception cref="ArgumentException">It is no blob name.</exception>
    public static void Require(string name)
    {
        if (!AreParts(name, name))
            throw new ArgumentException($"'{name}' is no blob name: parts of [A-Za-z0-9._-] joined by '/', none empty, '.' or '..'.", nameof(name));
    }

    /// <exception cref="ArgumentException">It is neither empty nor whole parts that end in '/'.</exception>
    public static void RequirePrefix(string prefix)
    {
        if (prefix.Length > 0 && !(prefix[^1] == '/' && AreParts(prefix, prefix.AsSpan(0, prefix.Length - 1))))
            throw new ArgumentException($"'{prefix}' is no prefix of blob names: whole parts that end in '/', or empty.", nameof(prefix));
    }

    private static bool AreParts(string whole, ReadOnlySpan<char> parts)
    {
        if (whole.Length > LengthMax)
            return false;
        foreach (var range in parts.Split('/'))
        {
            if (!IsPart(parts[range]))
                return false;
        }

        return true;
    }

    /// <summary>Whether this can stand between the slashes of a name.</summary>
    internal static bool IsPart(ReadOnlySpan<char> part) =>
        part.Length is > 0 and <= PartLengthMax && part is not ("." or "..") && !part.ContainsAnyExcept(Allowed);
}
