using JadeVector.Engine.Filters;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>One path of metadata and the paths below it, while an index is being built.</summary>
/// <param name="key">As <see cref="FieldPath.Key"/> has it.</param>
internal sealed class FieldBuilder(byte[] key)
{
    private readonly Dictionary<byte[], FieldBuilder> _children = new(NameComparer.Instance);
    private readonly ColumnBuilder _plain = new();
    private readonly ColumnBuilder _elements = new();
    private readonly List<int> _present = [];
    private readonly List<int> _partial = [];
    private bool _isFull;

    public byte[] Key { get; } = key;

    /// <summary>The field of a name below this one.</summary>
    /// <param name="name">UTF-8, unescaped.</param>
    public FieldBuilder? Find(ReadOnlySpan<byte> name) => _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var child) ? child : null;

    /// <summary>Makes the field of a name that there is none of yet.</summary>
    public FieldBuilder Add(ReadOnlySpan<byte> name)
    {
        var child = new FieldBuilder([.. Key, .. FieldPath.KeyOf(name)]);
        _children.Add(name.ToArray(), child);
        return child;
    }

    public void AddPresence(int row) => AddOnce(_present, row);

    public void AddValue(Scalar scalar, int row, bool insideArray)
    {
        var column = insideArray ? _elements : _plain;
        _isFull |= column.TextBytes > MetadataIndexLimits.FieldTextBytesMax;
        if (scalar.Text.Length > MetadataIndexLimits.TextBytesMax || (_isFull && scalar.Kind is ScalarKind.Text))
            AddOnce(_partial, row);
        else
            column.Add(CanonicalScalar.From(scalar), row);
    }

    public FieldEntry Write(ImageWriter writer, int rowCount) => new()
    {
        KeyPosition = writer.Write<byte>(Key),
        KeyLength = Key.Length,
        IsFull = _isFull ? 1 : 0,
        Present = writer.WritePosting([.. _present], rowCount),
        Partial = writer.WritePosting([.. _partial], rowCount),
        PlainColumn = _plain.Write(writer, rowCount),
        ElementColumn = _elements.Write(writer, rowCount),
    };

    private static void AddOnce(List<int> rows, int row)
    {
        if (rows.Count == 0 || rows[^1] != row)
            rows.Add(row);
    }

    private sealed class NameComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static NameComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] name) => GetHashCode(name.AsSpan());

        public bool Equals(ReadOnlySpan<byte> name, byte[] other) => name.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> name) => (int)XxHash64.Compute(name);

        public byte[] Create(ReadOnlySpan<byte> name) => name.ToArray();
    }
}
