namespace JadeVector.Engine.Hnsw;

/// <summary>Scratches that are lent out and come back.</summary>
public sealed class HnswScratchPool
{
    public HnswScratch Rent() => throw new NotImplementedException();

    public void Return(HnswScratch scratch) => throw new NotImplementedException();
}
