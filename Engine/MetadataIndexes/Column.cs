using JadeVector.Engine.Filters;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>The values of one field in an image, read in place. Values are named by their number in the order of <see cref="ScalarOrder"/>.</summary>
internal readonly unsafe struct Column(byte* image, ColumnHeader* header, int rowCount)
{
    public int ValueCount => header->ValueCount;

    /// <summary>The first string.</summary>
    public int FirstText => header->FirstText;

    private ReadOnlySpan<int> Starts => new((int*)(image + header->Starts), header->ValueCount + 1);

    private ReadOnlySpan<DenseEntry> Dense => new((DenseEntry*)(image + header->Dense), header->DenseCount);

    private ReadOnlySpan<PrefixEntry> Prefixes => new((PrefixEntry*)(image + header->Prefixes), header->PrefixCount);

    public Scalar this[int value]
    {
        get
        {
            if (value >= header->FirstText)
            {
                var starts = (int*)(image + header->TextStarts) + (value - header->FirstText);
                return Scalar.OfText(new ReadOnlySpan<byte>(image + header->Texts + starts[0], starts[1] - starts[0]));
            }

            if (value < header->FirstBoolean)
                return new Scalar { Kind = ScalarKind.Null };
            var number = value - header->FirstBoolean;
            var isDouble = ((((ulong*)(image + header->NumberKinds))[number >>> 6] >> number) & 1) != 0;
            var kind = value < header->FirstNumber ? ScalarKind.Boolean : isDouble ? ScalarKind.Double : ScalarKind.Integer;
            return CanonicalScalar.Of(kind, ((long*)(image + header->Numbers))[number], []);
        }
    }

    /// <summary>Pairs of a row and one of the values from <paramref name="first"/> to <paramref name="end"/>, exclusive.</summary>
    public int EntryCount(int first, int end) => first < end ? Starts[end] - Starts[first] : 0;

    /// <summary>The first value that is not before a scalar; after it, when <paramref name="after"/> is set.</summary>
    public int Find(Scalar scalar, bool after)
    {
        int low = 0, high = ValueCount;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = ScalarOrder.Compare(this[middle], scalar);
            if (order < 0 || (after && order == 0))
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The values that pass the bound: those of its type on one side of it.</summary>
    public (int First, int End) Within(Bound bound, Scalar limit)
    {
        var isText = limit.Kind is ScalarKind.Text;
        var (typeFirst, typeEnd) = isText ? (header->FirstText, ValueCount) : (header->FirstNumber, header->FirstText);
        return bound switch
        {
            Bound.Above => (Find(limit, after: true), typeEnd),
            Bound.AtLeast => (Find(limit, after: false), typeEnd),
            Bound.Below => (typeFirst, Find(limit, after: false)),
            _ => (typeFirst, Find(limit, after: true)),
        };
    }

    /// <summary>Adds the rows of values <paramref name="first"/> to <paramref name="end"/>, exclusive, all of one type.</summary>
    public void AddRows(int first, int end, RowBitmap target)
    {
        if (first >= end)
            return;
        if (!TryAddByPrefixes(first, end, target))
            AddEach(first, end, target, remove: false);
    }

    /// <summary>Checks what reading relies on.</summary>
    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    public void Check(long imageBytes)
    {
        var h = *header;
        var numbers = h.FirstText - h.FirstBoolean;
        var inOrder = h.FirstBoolean is 0 or 1 && h.FirstBoolean <= h.FirstNumber && h.FirstNumber <= h.FirstText && h.FirstText <= h.ValueCount;
        MetadataIndex.Require(h.ValueCount > 0 && inOrder && h is { DenseCount: >= 0, PrefixCount: >= 0 }, "the counts of a column contradict each other");
        MetadataIndex.CheckRange(h.Numbers, sizeof(long), numbers, imageBytes);
        MetadataIndex.CheckRange(h.NumberKinds, sizeof(ulong), RowBitmap.WordsFor(numbers), imageBytes);
        MetadataIndex.CheckRange(h.Starts, sizeof(int), h.ValueCount + 1, imageBytes);
        MetadataIndex.CheckRange(h.TextStarts, sizeof(int), h.ValueCount - h.FirstText + 1, imageBytes);
        MetadataIndex.CheckRange(h.Dense, sizeof(DenseEntry), h.DenseCount, imageBytes);
        MetadataIndex.CheckRange(h.Prefixes, sizeof(PrefixEntry), h.PrefixCount, imageBytes);
        var texts = new ReadOnlySpan<int>((int*)(image + h.TextStarts), h.ValueCount - h.FirstText + 1);
        MetadataIndex.Require(IsAscending(texts) && texts[0] == 0, "the strings of a column overlap");
        MetadataIndex.CheckRange(h.Texts, sizeof(byte), texts[^1], imageBytes);
        MetadataIndex.Require(IsAscending(Starts) && Starts[0] == 0 && Starts[^1] == h.EntryCount, "the entries of a column overlap");
        var denseEntries = CheckDense(imageBytes);
        MetadataIndex.CheckRange(h.Rows, sizeof(int), h.EntryCount - denseEntries, imageBytes);
        MetadataIndex.CheckRows(new ReadOnlySpan<int>((int*)(image + h.Rows), h.EntryCount - denseEntries), rowCount);
        foreach (var prefix in Prefixes)
        {
            MetadataIndex.Require(prefix.Value > 0 && prefix.Value <= h.ValueCount, "a prefix of a column is of no value");
            MetadataIndex.CheckBits(image, prefix.Bits, rowCount, imageBytes);
        }
    }

    private static bool IsAscending(ReadOnlySpan<int> numbers)
    {
        for (var i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] < numbers[i - 1])
                return false;
        }

        return true;
    }

    private int CheckDense(long imageBytes)
    {
        var (entries, previous) = (0, -1);
        foreach (var dense in Dense)
        {
            MetadataIndex.Require(dense.Value > previous && dense.Value < ValueCount && dense.DenseEntriesBefore == entries, "the dense values of a column are out of order");
            MetadataIndex.CheckBits(image, dense.Bits, rowCount, imageBytes);
            entries += EntryCount(dense.Value, dense.Value + 1);
            previous = dense.Value;
        }

        return entries;
    }

    private ReadOnlySpan<ulong> Bits(long position) => new((ulong*)(image + position), RowBitmap.WordsFor(rowCount));

    /// <summary>Adds, or removes, the rows value by value: bits for dense ones, one by one between them.</summary>
    private void AddEach(int first, int end, RowBitmap target, bool remove)
    {
        var dense = Dense;
        var next = FirstDense(dense, first);
        while (first < end)
        {
            var isDense = next < dense.Length && dense[next].Value < end;
            var stop = isDense ? dense[next].Value : end;
            var before = next < dense.Length ? dense[next].DenseEntriesBefore : DenseEntries(dense);
            var rows = new ReadOnlySpan<int>((int*)(image + header->Rows) + (Starts[first] - before), EntryCount(first, stop));
            if (remove)
                target.Remove(rows);
            else
                target.Add(rows);
            if (isDense && remove)
                target.Remove(Bits(dense[next].Bits));
            else if (isDense)
                target.Add(Bits(dense[next].Bits));
            first = isDense ? stop + 1 : stop;
            next++;
        }
    }

    private int DenseEntries(ReadOnlySpan<DenseEntry> dense) =>
        dense.IsEmpty ? 0 : dense[^1].DenseEntriesBefore + EntryCount(dense[^1].Value, dense[^1].Value + 1);

    private static int FirstDense(ReadOnlySpan<DenseEntry> dense, int value)
    {
        var index = 0;
        while (index < dense.Length && dense[index].Value < value)
            index++;
        return index;
    }

    /// <summary>
    /// Adds a range that reaches to one end of its type: the nearest prefix, and the few rows between it and the limit one by one. Each row
    /// has one value (other columns have no prefixes), so that rows can be taken out again.
    /// </summary>
    private bool TryAddByPrefixes(int first, int end, RowBitmap target)
    {
        var isText = first >= header->FirstText;
        var (typeFirst, typeEnd) = isText ? (header->FirstText, ValueCount) : (header->FirstNumber, header->FirstText);
        if (header->PrefixCount == 0 || first < header->FirstNumber || EntryCount(first, end) <= rowCount / RowBitmap.WordBits || (first > typeFirst && end < typeEnd))
            return false;
        if (Nearest(typeEnd, typeFirst, typeEnd) is not { } all || all.Value != typeEnd)
            return false;
        using var bits = RowBitmap.Empty(rowCount);
        var isUpper = first > typeFirst;
        var limit = isUpper ? first : end;
        var nearest = Nearest(limit, typeFirst, typeEnd);
        var known = nearest?.Value ?? typeFirst;
        if (nearest is { } prefix)
            bits.Add(Bits(prefix.Bits));
        if (known < limit)
            AddEach(known, limit, bits, remove: false);
        else
            AddEach(limit, known, bits, remove: true);
        if (isUpper)
        {
            using var complement = RowBitmap.Empty(rowCount);
            complement.Add(Bits(all.Bits));
            complement.Remove(bits);
            target.Add(complement);
        }
        else
        {
            target.Add(bits);
        }

        return true;
    }

    /// <summary>The prefix of a type that differs from the one at a limit by the fewest entries; null when that has none.</summary>
    private PrefixEntry? Nearest(int limit, int typeFirst, int typeEnd)
    {
        PrefixEntry? nearest = null;
        var least = EntryCount(typeFirst, limit);
        if (limit == typeEnd)
            least = int.MaxValue;
        foreach (var prefix in Prefixes)
        {
            if (prefix.Value <= typeFirst || prefix.Value > typeEnd)
                continue;
            var distance = prefix.Value < limit ? EntryCount(prefix.Value, limit) : EntryCount(limit, prefix.Value);
            if (distance > least || (distance == least && nearest is not null))
                continue;
            (nearest, least) = (prefix, distance);
        }

        return nearest;
    }
}
