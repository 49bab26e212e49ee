using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Shards;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>A part without rows that tells when it is freed.</summary>
internal sealed class WatchedPart(Action onFree) : Part
{
    public override int Count => 0;

    public override VectorRows Rows => throw new NotSupportedException();

    public override VectorRows Given => throw new NotSupportedException();

    public override HnswGraph? Graph => null;

    public override ReadOnlySpan<IndexedRows> MetadataIndexes => [];

    public override NativeChunkedArray<ulong> Versions => throw new NotSupportedException();

    public override NativeChunkedArray<ulong> Deletes => throw new NotSupportedException();

    public override NativeChunkedArray<RowPlace> Places => throw new NotSupportedException();

    public override long NativeBytes => 0;

    public override void AddTo(MemoryReport report) => throw new NotSupportedException();

    public override ReadOnlySpan<byte> Heap(long offset, int length) => throw new NotSupportedException();

    public override int FindLatest(ulong hash, ReadOnlySpan<byte> id) => -1;

    protected override void Free() => onFree();
}
