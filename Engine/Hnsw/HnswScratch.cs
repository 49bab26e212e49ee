namespace JadeVector.Engine.Hnsw;

/// <summary>What one search or insertion needs besides the graph; used by one thread at a time, by any number of graphs one after the other.</summary>
public sealed unsafe class HnswScratch
{
}
