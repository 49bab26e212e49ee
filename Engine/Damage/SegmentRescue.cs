using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

/// <summary>
/// What is left of a segment that may be damaged: which blocks are what was written, and so which rows. A copy of the blob is held in memory.
/// </summary>
/// <remarks>
/// A row is intact when its version, its place, its bytes in the heap and its vector as given are. Everything else in a segment (the table of
/// ids, scaled vectors, the graph) follows from those and can be built anew. The id of a row whose bytes are damaged is still known for certain
/// when the table of ids is intact and has the hash of it.
/// </remarks>
internal sealed class SegmentRescue : IDisposable
{
    private readonly unsafe byte* _bytes;
    private readonly long _length;
    private readonly bool[] _good;
    private readonly SegmentHeader _header;
    private readonly List<string> _damage = [];
    private readonly bool _isCosine;
    private Dictionary<int, ulong>? _hashes;

    private unsafe SegmentRescue(LocalBlob local, string blob)
    {
        _length = local.LengthBytes;
        _bytes = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, _length));
        try
        {
            using var file = File.OpenHandle(local.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            ReadWhatCanBe(file, local.Offset);
            _header = ReadHeader(blob);
            _isCosine = _header.Metric is Metric.Cosine;
            _good = new bool[_header.BlockCount];
            CheckBlocks();
        }
        catch
        {
            NativeMemory.Free(_bytes);
            throw;
        }
    }

    public int RowCount => _header.RowCount;

    public SegmentHeader Header => _header;

    /// <summary>Each thing that is not as it was written; empty when all is.</summary>
    public IReadOnlyList<string> Damage => _damage;

    /// <summary>Reads the whole blob.</summary>
    /// <exception cref="BlobDamagedException">It is missing, or neither of its headers can be read: nothing can be saved.</exception>
    public static async Task<SegmentRescue> OpenAsync(EngineContext context, string blob, CancellationToken cancellation)
    {
        using var local = await context.Blobs.OpenLocalAsync(blob, cancellation) ?? throw new BlobDamagedException(blob, "it is missing");
        return await context.Work.RunAsync(WorkKind.Background, () => new SegmentRescue(local, blob), cancellation);
    }

    public bool IsIntact(int row)
    {
        if (!IsGood(SegmentSection.Versions, sizeof(ulong) * (long)row, sizeof(ulong)) || !IsPlaceGood(row))
            return false;
        var place = Place(row);
        return IsGood(SegmentSection.Heap, place.Offset, place.HeapLength) && IsGood(ValuesSection, ValuesOffset(row), sizeof(float) * _header.Dimension);
    }

    /// <summary>Of an intact row, or of one whose version is.</summary>
    public unsafe ulong Version(int row) => *(ulong*)(At(SegmentSection.Versions) + (sizeof(ulong) * (long)row));

    public bool IsVersionGood(int row) => IsGood(SegmentSection.Versions, sizeof(ulong) * (long)row, sizeof(ulong));

    /// <summary>Lengths of an intact row's bytes, and which row it replaced.</summary>
    public unsafe RowPlace Place(int row) => *(RowPlace*)(At(SegmentSection.Places) + (RowPlace.SizeBytes * (long)row));

    /// <summary>Id, metadata and text of an intact row.</summary>
    public unsafe ReadOnlySpan<byte> Heap(int row) => new(At(SegmentSection.Heap) + Place(row).Offset, Place(row).HeapLength);

    /// <summary>The vector of an intact row, as it was given.</summary>
    public unsafe ReadOnlySpan<byte> Values(int row) => new(At(ValuesSection) + ValuesOffset(row), sizeof(float) * _header.Dimension);

    /// <summary>The id of any row, if it is certain.</summary>
    public unsafe byte[]? IdOf(int row)
    {
        if (!IsPlaceGood(row))
            return null;
        var place = Place(row);
        if (place.Offset < 0 || place.Offset > _header[SegmentSection.Heap].Length - place.IdLength)
            return null;
        var id = new ReadOnlySpan<byte>(At(SegmentSection.Heap) + place.Offset, place.IdLength).ToArray();
        return IsGood(SegmentSection.Heap, place.Offset, place.IdLength) || HashOf(row) == ShardRanges.HashOf(id) >> 32 ? id : null;
    }

    public unsafe void Dispose() => NativeMemory.Free(_bytes);

    private SegmentSection ValuesSection => _isCosine ? SegmentSection.Given : SegmentSection.Vectors;

    private long ValuesOffset(int row) => row * SegmentHeader.StrideBytes(_header.Dimension);

    private unsafe byte* At(SegmentSection section) => _bytes + _header[section].Offset;

    private bool IsPlaceGood(int row)
    {
        if (!IsGood(SegmentSection.Places, RowPlace.SizeBytes * (long)row, RowPlace.SizeBytes))
            return false;
        var place = Place(row);
        return place.IdLength > 0 && place.Offset >= 0 && place.Offset <= _header[SegmentSection.Heap].Length - place.HeapLength;
    }

    private bool IsGood(SegmentSection section, long offset, long length)
    {
        if (length == 0)
            return true;
        var first = (_header[section].Offset + offset) / SegmentHeader.BlockBytes;
        var last = (_header[section].Offset + offset + length - 1) / SegmentHeader.BlockBytes;
        for (var block = first; block <= last; block++)
        {
            if (!_good[block])
                return false;
        }

        return true;
    }

    /// <summary>High half of the hash of a row's id, from intact blocks of the table of ids; null when they do not name the row.</summary>
    private unsafe ulong? HashOf(int row)
    {
        if (_hashes is null)
        {
            _hashes = [];
            var slots = (ulong*)At(SegmentSection.Ids);
            for (long slot = 0; slot < _header[SegmentSection.Ids].Length / sizeof(ulong); slot++)
            {
                if (slots[slot] != 0 && IsGood(SegmentSection.Ids, slot * sizeof(ulong), sizeof(ulong)))
                    _hashes[IdSlots.RowOf(slots[slot])] = slots[slot] >> 32;
            }
        }

        return _hashes.TryGetValue(row, out var hash) ? hash : null;
    }

    /// <summary>What cannot be read is zeros, which fail their checksum.</summary>
    private unsafe void ReadWhatCanBe(Microsoft.Win32.SafeHandles.SafeFileHandle file, long start)
    {
        for (long offset = 0; offset < _length; offset += SegmentHeader.BlockBytes)
        {
            var target = new Span<byte>(_bytes + offset, (int)Math.Min(SegmentHeader.BlockBytes, _length - offset));
            target.Clear();
            try
            {
                SegmentBlocks.ReadAll(file, target, start + offset);
            }
            catch (IOException unreadable)
            {
                target.Clear();
                _damage.Add($"the block at byte {offset} cannot be read: {unreadable.Message}");
            }
        }
    }

    private unsafe SegmentHeader ReadHeader(string blob)
    {
        SegmentHeader? found = null;
        string? problem = null;
        foreach (var offset in (long[])[0, _length - SegmentHeader.Bytes])
        {
            try
            {
                var bytes = new ReadOnlySpan<byte>(_bytes + Math.Max(0, offset), (int)Math.Min(SegmentHeader.Bytes, _length));
                found ??= SegmentHeader.Read(bytes, blob);
            }
            catch (InvalidDataException damage)
            {
                problem = damage.Message;
                _damage.Add($"the header at byte {offset}: {damage.Message}");
            }
        }

        // The rows beside the first header share a block with it, whose checksum holds only when the header is as it was.
        if (found is not null && _damage.Exists(d => d.StartsWith("the header at byte 0:", StringComparison.Ordinal)))
            new ReadOnlySpan<byte>(_bytes + _length - SegmentHeader.Bytes, SegmentHeader.Bytes).CopyTo(new Span<byte>(_bytes, SegmentHeader.Bytes));
        else if (found is not null && !new ReadOnlySpan<byte>(_bytes, SegmentHeader.Bytes).SequenceEqual(new ReadOnlySpan<byte>(_bytes + _length - SegmentHeader.Bytes, SegmentHeader.Bytes)) && _damage.Count == 0)
            _damage.Add("the header at the end differs from the one at the beginning");
        if (found is null || found.BlobLength != _length)
            throw new BlobDamagedException(blob, found is null ? $"neither header can be read: {problem}" : $"{_length} bytes in place of {found.BlobLength}");
        return found;
    }

    private unsafe void CheckBlocks()
    {
        var footer = new ReadOnlySpan<byte>(_bytes + _header.FooterOffset, _header.FooterBytes);
        var checksums = MemoryMarshal.Cast<byte, uint>(footer).ToArray();
        for (var block = 0; block < _good.Length; block++)
        {
            var offset = (long)block * SegmentHeader.BlockBytes;
            var bytes = new ReadOnlySpan<byte>(_bytes + offset, (int)Math.Min(SegmentHeader.BlockBytes, _header.ContentLength - offset));
            _good[block] = SegmentImage.Checksum(bytes, block) == checksums[block];
            if (!_good[block])
                _damage.Add($"the block at byte {offset} fails its checksum");
        }

        if (checksums[^1] != SegmentImage.FooterChecksum(footer[..^sizeof(uint)]))
        {
            _damage.Add("the table of checksums fails its own");
            MendOneChecksum(checksums);
        }
    }

    /// <summary>When one entry of the table is wrong and not its block, the block's own checksum makes the table right again.</summary>
    private unsafe void MendOneChecksum(uint[] checksums)
    {
        if (_good.Count(g => !g) != 1)
            return;
        var block = Array.IndexOf(_good, false);
        var offset = (long)block * SegmentHeader.BlockBytes;
        checksums[block] = SegmentImage.Checksum(new ReadOnlySpan<byte>(_bytes + offset, (int)Math.Min(SegmentHeader.BlockBytes, _header.ContentLength - offset)), block);
        if (checksums[^1] != SegmentImage.FooterChecksum(MemoryMarshal.AsBytes(checksums.AsSpan(..^1))))
            return;
        _good[block] = true;
        _damage.RemoveAll(d => d == $"the block at byte {offset} fails its checksum");
    }

    /// <summary>An id as people read it, or what stands for one that is lost.</summary>
    public string Describe(int row) => IdOf(row) is { } id ? Encoding.UTF8.GetString(id) : $"(row {row}, id unreadable)";
}
