using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>Writes a sealed part as a segment's blob. What is computed and copied is background work in slices: between two the lane is free for others.</summary>
internal static class SegmentWriter
{
    private const int BufferBytes = 256 * SegmentHeader.BlockBytes;

    /// <param name="context">Where to and with what.</param>
    /// <param name="part">Sealed, wholly linked, and retained by the caller; its cells or hash tables are built here.</param>
    /// <param name="blob">A fresh name.</param>
    /// <param name="cancellation">Ends the writing after the slice that runs; the blob then does not exist.</param>
    public static async Task WriteAsync(EngineContext context, GrowingPart part, string blob, CancellationToken cancellation)
    {
        using var image = new SegmentImage(part, blob);
        while (await context.Work.RunAsync(WorkKind.Background, image.Prepare, cancellation))
        {
            // The next slice waits for its turn behind other work.
        }

        await using var upload = await context.Blobs.CreateAsync(blob, cancellation);
        var buffer = new byte[BufferBytes];
        int length;
        while ((length = await context.Work.RunAsync(WorkKind.Background, () => image.Read(buffer), cancellation)) > 0)
            await upload.WriteAsync(buffer.AsMemory(0, length), cancellation);
        if (!await upload.CommitAsync(cancellation))
            throw new InvalidOperationException($"The name {blob} was drawn twice.");
    }
}
