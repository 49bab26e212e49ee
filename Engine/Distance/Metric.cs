namespace JadeVector.Engine.Distance;

/// <summary>How two vectors are compared. Stored in manifests and segments: the numbers never change meaning.</summary>
public enum Metric : byte
{
    /// <summary>Angle; vectors are normalised to unit length at write and compared by inner product.</summary>
    Cosine = 0,

    /// <summary>Squared Euclidean length of the difference.</summary>
    Euclidean = 1,

    /// <summary>Inner product, unnormalised.</summary>
    Dot = 2,
}
