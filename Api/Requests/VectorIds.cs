using System.Buffers;
using System.Text;
using JadeVector.Api.Options;
using JadeVector.Api.Problems;

namespace JadeVector.Api.Requests;

/// <summary>What may be a vector's id: 1 to 256 bytes of UTF-8 without control characters.</summary>
internal static class VectorIds
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code)]);

    public static string Check(string id, string field, LimitOptions limits)
    {
        if (id.Length == 0)
            throw Refuse.Invalid(field, $"is empty; an id has 1 to {limits.IdBytes} bytes.");
        if (id.AsSpan().ContainsAny(Controls))
            throw Refuse.Invalid(field, "has a control character.");
        var bytes = Encoding.UTF8.GetByteCount(id);
        return bytes <= limits.IdBytes ? id : throw Refuse.Limit(field + " (bytes)", nameof(LimitOptions.IdBytes), limits.IdBytes, bytes);
    }
}
