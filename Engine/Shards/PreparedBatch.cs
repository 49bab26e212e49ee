using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Shards;

/// <summary>An item with what is computed once: before it waits for its turn.</summary>
internal readonly record struct PreparedItem(WriteItem Item, ulong Hash, byte[]? Text);

/// <summary>A batch that has been checked: everything about it that does not depend on what is stored.</summary>
internal sealed class PreparedBatch
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private PreparedBatch(WriteBatch batch, PreparedItem[] items)
    {
        Items = items;
        Atomic = batch.Atomic;
        Request = batch.RequestId is null ? default : new RequestKey(HashRequestId(batch.RequestId), HashBody(items, batch.Atomic));
        SizeBytesMax = BatchCodec.SizeBytesMax(items);
    }

    public PreparedItem[] Items { get; }

    public bool Atomic { get; }

    /// <summary>Default when the batch has no request id.</summary>
    public RequestKey Request { get; }

    /// <summary>The most bytes that its payload can take.</summary>
    public int SizeBytesMax { get; }

    /// <exception cref="RefusalException">Names the item and what is wrong with it.</exception>
    public static PreparedBatch Prepare(WriteBatch batch, ShardConfig config, HashRange range)
    {
        if (batch.Items.Count == 0)
            throw new RefusalException(RefusalCodes.InvalidArgument, "items: a batch has at least one item.");
        var items = new PreparedItem[batch.Items.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = PrepareItem(batch.Items[i], i, config, range);
        var prepared = new PreparedBatch(batch, items);
        return prepared.SizeBytesMax <= LogLimits.PayloadSizeBytesMax
            ? prepared
            : throw new RefusalException(
                RefusalCodes.LimitExceeded, $"The batch takes {prepared.SizeBytesMax} bytes; one batch takes at most {LogLimits.PayloadSizeBytesMax}.");
    }

    private static PreparedItem PrepareItem(WriteItem item, int index, ShardConfig config, HashRange range)
    {
        VectorIds.Validate(item.Id.Span);
        var hash = ShardRanges.HashOf(item.Id.Span);
        if (!range.Contains(hash))
            throw new RefusalException(RefusalCodes.StaleMap, $"items[{index}].id: its hash {hash:x16} is not in this shard's range.");
        if (item.Kind is WriteItemKind.Delete)
        {
            return item.Values.IsEmpty && item.Metadata is null && item.Text is null
                ? new PreparedItem(item, hash, null)
                : throw new RefusalException(RefusalCodes.InvalidArgument, $"items[{index}]: a delete has no values, metadata or text.");
        }

        if (item.Kind is not WriteItemKind.Upsert)
            throw new RefusalException(RefusalCodes.InvalidArgument, $"items[{index}].kind: {item.Kind} is unknown.");
        VectorValues.Check(item.Values.Span, config, $"items[{index}].values");
        return new PreparedItem(item, hash, EncodeText(item.Text, $"items[{index}].text"));
    }

    private static byte[]? EncodeText(string? text, string field)
    {
        try
        {
            return text is null ? null : Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new RefusalException(RefusalCodes.InvalidArgument, $"{field}: not Unicode text (a surrogate without its pair).");
        }
    }

    private static UInt128 HashRequestId(string requestId)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var bytes = EncodeText(requestId, "requestId")!;
        if (bytes.Length is 0 or > ShardLimits.RequestIdBytesMax)
            throw new RefusalException(RefusalCodes.InvalidArgument, $"requestId: takes 1 to {ShardLimits.RequestIdBytesMax} bytes of UTF-8, not {bytes.Length}.");
        SHA256.HashData(bytes, digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    // Over everything that decides what the batch does, and nothing that does not (the deadline).
    private static ulong HashBody(PreparedItem[] items, bool atomic)
    {
        var hash = atomic ? 1UL : 0;
        foreach (var (item, idHash, text) in items)
        {
            ReadOnlySpan<ulong> words =
            [
                hash, (ulong)item.Kind | (item.MustExist ? 0x100UL : 0) | (item.IfVersion is null ? 0 : 0x200UL) | (item.Metadata is null ? 0 : 0x400UL) | (text is null ? 0 : 0x800UL),
                idHash, item.IfVersion ?? 0, XxHash64.Compute(item.Values.Span), XxHash64.Compute(item.Metadata is { } metadata ? metadata.Span : default), XxHash64.Compute(text),
            ];
            hash = XxHash64.Compute(MemoryMarshal.AsBytes(words));
        }

        return hash;
    }
}
