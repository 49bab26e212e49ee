namespace JadeVector.Engine.Quantization;

/// <summary>What a graph compares while it is walked; results are compared by the full vectors in any case. Stored in manifests and segments: the numbers never change meaning.</summary>
public enum VectorCodes : byte
{
    /// <summary>The vectors themselves.</summary>
    None = 0,

    /// <summary>A signed byte per component: a quarter of the memory, next to no loss.</summary>
    Int8 = 1,

    /// <summary>A bit per component: a thirty-second of the memory. Full vectors are read for more candidates.</summary>
    OneBit = 2,
}
