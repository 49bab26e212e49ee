using System.Buffers;
using System.Text;

namespace JadeVector.Hosting.Edge;

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

    /// <summary>The ids of one batch of reads.</summary>
    public static void CheckAll(IReadOnlyList<string?> ids, LimitOptions limits)
    {
        if (ids.Count == 0)
            throw Refuse.Invalid("ids", "is empty.");
        if (ids.Count > limits.BatchGetIds)
            throw Refuse.Limit("ids (count)", nameof(LimitOptions.BatchGetIds), limits.BatchGetIds, ids.Count);
        for (var i = 0; i < ids.Count; i++)
            Check(ids[i] ?? throw Refuse.Invalid($"ids[{i}]", "is null."), $"ids[{i}]", limits);
    }
}
