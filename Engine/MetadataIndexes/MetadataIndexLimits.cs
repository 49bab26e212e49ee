namespace JadeVector.Engine.MetadataIndexes;

/// <summary>What goes into a metadata index. What is left out costs a search time, never a match: rows that the index cannot decide are tested by their metadata.</summary>
internal static class MetadataIndexLimits
{
    /// <summary>Paths of one index, in order of appearance; a map with a key per customer must not become a field per customer.</summary>
    public const int FieldsMax = 1_000;

    /// <summary>Bytes of a string; longer ones are text rather than keywords.</summary>
    public const int TextBytesMax = 256;

    /// <summary>Bytes of all distinct strings of one field, which positions in 32 bits can tell.</summary>
    public const int FieldTextBytesMax = 1 << 30;
}
