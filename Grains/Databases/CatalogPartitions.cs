using System.Text;
using JadeVector.Engine.Hashing;

namespace JadeVector.Grains.Databases;

/// <summary>Which catalog partition a name belongs to.</summary>
internal static class CatalogPartitions
{
    public const int Count = 256;

    public static long Of(string name) => (long)(XxHash64.Compute(Encoding.UTF8.GetBytes(name)) % Count);
}
