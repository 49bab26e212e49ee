using JadeVector.Engine.Filters;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>Gathers the values of a field, row by row in ascending order, and writes them as a column.</summary>
/// <remarks>Distinct values are found by a hash table as they come, so that only those are sorted in the end and not the entries.</remarks>
internal sealed class ColumnBuilder
{
    /// <summary>Prefixes of a type: a range then touches at most half of one part in so many row by row.</summary>
    private const int PrefixesPerType = 16;

    /// <summary>Entries of a type below which its values are put together one by one.</summary>
    private const int PrefixEntriesMin = PrefixesPerType * RowBitmap.WordBits;

    private readonly List<Value> _values = [];
    private readonly List<(int Value, int Row)> _entries = [];
    private byte[] _texts = [];
    private int _textBytes;
    private int[] _slots = new int[16];
    private int _lastRow = -1;
    private bool _isSingleValued = true;

    /// <summary>Bytes of distinct strings so far.</summary>
    public int TextBytes => _textBytes;

    /// <param name="scalar">In the form of <see cref="CanonicalScalar"/>.</param>
    /// <param name="row">That of the call before or a later one.</param>
    public void Add(Scalar scalar, int row)
    {
        var value = FindOrAdd(scalar);
        var entry = _values[value];
        if (entry.LastRow == row)
            return;   // the same value again: [1, 1]
        _values[value] = entry with { LastRow = row, Count = entry.Count + 1 };
        _entries.Add((value, row));
        _isSingleValued &= _lastRow != row;
        _lastRow = row;
    }

    /// <returns>Where the header is; 0 when there is no value.</returns>
    public long Write(ImageWriter writer, int rowCount)
    {
        if (_values.Count == 0)
            return 0;
        var order = SortedValues();
        var starts = StartsOf(order);
        var rows = RowsInOrder(order, starts);
        var header = new ColumnHeader { ValueCount = order.Length, EntryCount = rows.Length, IsSingleValued = _isSingleValued ? 1 : 0 };
        WriteValues(writer, order, ref header);
        header.Starts = writer.Write<int>(starts);
        WriteEntries(writer, starts, rows, rowCount, ref header);
        var prefixes = new List<PrefixEntry>();
        if (_isSingleValued)
        {
            WritePrefixes(writer, starts, rows, rowCount, header.FirstNumber, header.FirstText, prefixes);
            WritePrefixes(writer, starts, rows, rowCount, header.FirstText, header.ValueCount, prefixes);
        }

        header.PrefixCount = prefixes.Count;
        header.Prefixes = writer.Write<PrefixEntry>([.. prefixes]);
        return writer.Write<ColumnHeader>([header]);
    }

    private static ulong HashOf(Scalar scalar) =>
        scalar.Kind is ScalarKind.Text ? XxHash64.Compute(scalar.Text) : ((ulong)BitsOf(scalar) + (ulong)scalar.Kind) * 0x9E3779B97F4A7C15;

    private static long BitsOf(Scalar scalar) => scalar.Kind is ScalarKind.Double ? BitConverter.DoubleToInt64Bits(scalar.Double) : scalar.Integer;

    private int FindOrAdd(Scalar scalar)
    {
        var mask = _slots.Length - 1;
        var slot = (int)(HashOf(scalar) >> 20) & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (Equals(_values[_slots[slot] - 1], scalar))
                return _slots[slot] - 1;
        }

        _values.Add(new Value(scalar.Kind, BitsOf(scalar), _textBytes, scalar.Text.Length, LastRow: -1, Count: 0));
        AppendText(scalar.Text);
        _slots[slot] = _values.Count;
        if (_values.Count * 2 > _slots.Length)
            GrowSlots();
        return _values.Count - 1;
    }

    private bool Equals(in Value value, Scalar scalar) =>
        value.Kind == scalar.Kind && (value.Kind is ScalarKind.Text ? TextOf(value).SequenceEqual(scalar.Text) : value.Bits == BitsOf(scalar));

    private ReadOnlySpan<byte> TextOf(in Value value) => _texts.AsSpan(value.TextStart, value.TextLength);

    private Scalar ScalarOf(in Value value) => CanonicalScalar.Of(value.Kind, value.Bits, TextOf(value));

    private void AppendText(ReadOnlySpan<byte> text)
    {
        if (_textBytes + text.Length > _texts.Length)
            Array.Resize(ref _texts, (int)Math.Max(_textBytes + (long)text.Length, Math.Min(2L * _texts.Length, Array.MaxLength)));
        text.CopyTo(_texts.AsSpan(_textBytes));
        _textBytes += text.Length;
    }

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        for (var value = 0; value < _values.Count; value++)
        {
            var slot = (int)(HashOf(ScalarOf(_values[value])) >> 20) & (slots.Length - 1);
            while (slots[slot] != 0)
                slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = value + 1;
        }

        _slots = slots;
    }

    private int[] SortedValues()
    {
        var order = new int[_values.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        order.AsSpan().Sort((a, b) => ScalarOrder.Compare(ScalarOf(_values[a]), ScalarOf(_values[b])));
        return order;
    }

    private int[] StartsOf(int[] order)
    {
        var starts = new int[order.Length + 1];
        for (var i = 0; i < order.Length; i++)
            starts[i + 1] = checked(starts[i] + _values[order[i]].Count);
        return starts;
    }

    /// <summary>All rows, in order of value, then of row: the entries are in order of row already.</summary>
    private int[] RowsInOrder(int[] order, int[] starts)
    {
        var next = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            next[order[i]] = starts[i];
        var rows = new int[_entries.Count];
        foreach (var (value, row) in _entries)
            rows[next[value]++] = row;
        return rows;
    }

    private void WriteValues(ImageWriter writer, int[] order, ref ColumnHeader header)
    {
        header.FirstBoolean = CountBefore(order, ScalarKind.Boolean);
        header.FirstNumber = CountBefore(order, ScalarKind.Integer);
        header.FirstText = CountBefore(order, ScalarKind.Text);
        var numbers = new long[header.FirstText - header.FirstBoolean];
        var textStarts = new int[order.Length - header.FirstText + 1];
        using var doubles = RowBitmap.Empty(numbers.Length);
        var texts = new byte[_textBytes];
        var textBytes = 0;
        for (var i = header.FirstBoolean; i < order.Length; i++)
        {
            var value = _values[order[i]];
            if (i < header.FirstText)
            {
                numbers[i - header.FirstBoolean] = value.Bits;
                if (value.Kind is ScalarKind.Double)
                    doubles.Add(i - header.FirstBoolean);
            }
            else
            {
                TextOf(value).CopyTo(texts.AsSpan(textBytes));
                textBytes += value.TextLength;
                textStarts[i - header.FirstText + 1] = textBytes;
            }
        }

        header.Numbers = writer.Write<long>(numbers);
        header.NumberKinds = writer.Write(doubles.Words);
        header.TextStarts = writer.Write<int>(textStarts);
        header.Texts = writer.Write<byte>(texts);
    }

    private int CountBefore(int[] order, ScalarKind kind)
    {
        var count = 0;
        while (count < order.Length && _values[order[count]].Kind < kind)
            count++;
        return count;
    }

    private static void WriteEntries(ImageWriter writer, int[] starts, int[] rows, int rowCount, ref ColumnHeader header)
    {
        var dense = new List<DenseEntry>();
        var sparse = new List<int>();
        for (var value = 0; value < starts.Length - 1; value++)
        {
            var ofValue = rows.AsSpan(starts[value]..starts[value + 1]);
            if (ImageWriter.IsDense(ofValue.Length, rowCount))
                dense.Add(new DenseEntry { Value = value, DenseEntriesBefore = starts[value] - sparse.Count, Bits = writer.WriteBits(ofValue, rowCount) });
            else
                sparse.AddRange(ofValue);
        }

        header.Rows = writer.Write<int>([.. sparse]);
        header.DenseCount = dense.Count;
        header.Dense = writer.Write<DenseEntry>([.. dense]);
    }

    /// <summary>For one type: the rows before every so many of its entries, and all of its rows at its end.</summary>
    private static void WritePrefixes(ImageWriter writer, int[] starts, int[] rows, int rowCount, int first, int end, List<PrefixEntry> prefixes)
    {
        var entries = starts[end] - starts[first];
        if (entries < PrefixEntriesMin || end - first <= PrefixesPerType)
            return;
        using var bits = RowBitmap.Empty(rowCount);
        long written = 0;
        for (var value = first; value < end; value++)
        {
            bits.Add(rows.AsSpan(starts[value]..starts[value + 1]));
            var part = (long)(starts[value + 1] - starts[first]) * PrefixesPerType / entries;
            if (part == written && value + 1 < end)
                continue;
            written = part;
            prefixes.Add(new PrefixEntry { Value = value + 1, Bits = writer.Write(bits.Words) });
        }
    }

    private readonly record struct Value(ScalarKind Kind, long Bits, int TextStart, int TextLength, int LastRow, int Count);
}
