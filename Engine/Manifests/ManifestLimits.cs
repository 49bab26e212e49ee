namespace JadeVector.Engine.Manifests;

public static class ManifestLimits
{
    /// <summary>States that a shard keeps, so that its manifest stays small.</summary>
    public const int PinsMax = 256;

    public const int PinIdLengthMax = 64;
}
