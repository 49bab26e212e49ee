using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Vectors;

/// <summary>Keeps what one call into the cluster answers well under 4 MiB.</summary>
internal static class ReadSizes
{
    private const int AnswerBytes = 3 * 1024 * 1024;

    /// <summary>Room for id, metadata and text of an ordinary vector.</summary>
    private const int OtherBytesPerVector = 2 * 1024;

    public static int VectorsPerCall(DatabaseDescription database, bool withValues) =>
        Math.Max(1, AnswerBytes / (OtherBytesPerVector + (withValues ? database.Settings.Dimension * sizeof(float) : 0)));
}
