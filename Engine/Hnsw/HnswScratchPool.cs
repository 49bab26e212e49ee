namespace JadeVector.Engine.Hnsw;

/// <summary>Scratches that are lent out and come back: as many as were ever in use at once. Safe for use from several threads.</summary>
public sealed class HnswScratchPool
{
    private readonly Stack<HnswScratch> _idle = new();

    /// <summary>One that nobody else has until it is returned; the one returned last, whose memory is likely still in a cache.</summary>
    public HnswScratch Rent()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out var scratch))
                return scratch;
        }

        return new HnswScratch();
    }

    /// <summary>Gives back what <see cref="Rent"/> gave; the caller no longer touches it.</summary>
    public void Return(HnswScratch scratch)
    {
        lock (_idle)
        {
            _idle.Push(scratch);
        }
    }
}
