using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Shards;

/// <summary>What the values of a vector or a query must be.</summary>
internal static class VectorValues
{
    private const uint ExponentBits = 0x7F80_0000;
    private const uint ValueBits = 0x7FFF_FFFF;

    /// <exception cref="RefusalException"><c>wrong_dimension</c>, <c>not_finite</c>, or <c>invalid_argument</c> for a vector without direction under cosine.</exception>
    public static void Check(ReadOnlySpan<byte> values, ShardConfig config, string field)
    {
        if (values.Length != config.Dimension * sizeof(float))
            throw new RefusalException(RefusalCodes.WrongDimension, $"{field}: {config.Dimension} components ({config.Dimension * sizeof(float)} bytes) wanted, {values.Length} bytes given.");
        var components = MemoryMarshal.Cast<byte, uint>(values);
        uint any = 0;
        for (var i = 0; i < components.Length; i++)
        {
            any |= components[i] & ValueBits;
            if ((components[i] & ExponentBits) == ExponentBits)
                throw new RefusalException(RefusalCodes.NotFinite, $"{field}[{i}]: not a finite number.");
        }

        if (any == 0 && config.Metric is Metric.Cosine)
            throw new RefusalException(RefusalCodes.InvalidArgument, $"{field}: all components are zero; such a vector has no direction, which cosine compares.");
    }
}
