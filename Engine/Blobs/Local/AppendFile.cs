using System.Buffers;
using JadeVector.Engine.Blobs.Files;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>An open append blob. There is one object for a blob at any time, so its lengths are known without asking the disk.</summary>
/// <remarks>
/// Appends hold <see cref="_appending"/> over write and flush. The index grows only after the flush, under its own short lock, so
/// readers never wait for the disk and never see a block that is not durable.
/// </remarks>
internal sealed class AppendFile : IDisposable
{
    /// <summary>How much is read from the file at once; at least one block always is.</summary>
    private const int ReadSizeBytesMax = 1024 * 1024;

    private readonly string _name;
    private readonly IFile _file;
    private readonly uint _seed;
    private readonly BlockIndex _index;
    private readonly PoisonList _poison;
    private readonly Lock _appending = new();
    private bool _hasTornTail;
    private bool _deleted;

    private AppendFile(string name, IFile file, uint seed, BlockIndex index, bool hasTornTail, PoisonList poison)
    {
        (_name, _file, _seed, _index, _hasTornTail, _poison) = (name, file, seed, index, hasTornTail, poison);
    }

    internal long LengthBytes
    {
        get
        {
            lock (_index)
                return _index.End.PayloadOffset;
        }
    }

    /// <summary>Opens the blob in a file whose 64-byte header has been read; owns the file from then on.</summary>
    internal static AppendFile Open(string name, IFile file, ReadOnlySpan<byte> header, PoisonList poison)
    {
        var seed = AppendFormat.ReadFileHeader(name, header);
        Flush(name, file, FlushReason.FoundAppendBlob, poison);
        var index = new BlockIndex();
        return new AppendFile(name, file, seed, index, AppendScan.Run(name, file, seed, index), poison);
    }

    internal AppendStatus Append(ReadOnlySpan<byte> payload, long? expectedLength)
    {
        lock (_appending)
        {
            _poison.ThrowIfPoisoned(_name);
            if (_deleted)
                return AppendStatus.Missing;
            var end = _index.End;   // only this lock's holder changes it
            if (expectedLength is { } expected && expected != end.PayloadOffset)
                return AppendStatus.LengthMismatch;
            if (end.Block >= BlobLimits.AppendCountMax)
                return AppendStatus.Full;
            CutTornTail(end.FileOffset);
            Write(payload, end);
            lock (_index)
                _index.Add(payload.Length);
            return AppendStatus.Appended;
        }
    }

    /// <summary>Reads payload bytes; fewer than asked for only at the end.</summary>
    internal int Read(long offset, Span<byte> target)
    {
        _poison.ThrowIfPoisoned(_name);
        var done = 0;
        while (done < target.Length)
        {
            if (Plan(offset + done, target.Length - done) is not { } run)
                break;
            done += ReadRun(run, offset + done, target[done..]);
        }

        return done;
    }

    /// <summary>Calls <paramref name="unlink"/> while no append runs; later appends find no blob.</summary>
    internal bool Delete(Func<bool> unlink)
    {
        lock (_appending)
        {
            _deleted = true;
            return unlink();
        }
    }

    public void Dispose() => _file.Dispose();

    internal static void Flush(string name, IFile file, FlushReason reason, PoisonList poison)
    {
        poison.ThrowIfPoisoned(name);
        try
        {
            file.Flush(reason);
        }
        catch (IOException e)
        {
            poison.Add(name, e);
            throw;
        }
    }

    private void CutTornTail(long end)
    {
        if (!_hasTornTail)
            return;
        _file.SetLength(end);
        Flush(_name, _file, FlushReason.TornTailCut, _poison);
        _hasTornTail = false;
    }

    private void Write(ReadOnlySpan<byte> payload, BlockIndex.Place end)
    {
        var size = AppendFormat.BlockSizeBytes(payload.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var block = buffer.AsSpan(0, size);
            AppendFormat.WriteBlock(block, payload, end.Block, _seed);
            _hasTornTail = true;   // until the write is known to be whole: a full disk may have taken part of it
            _file.Write(end.FileOffset, block);
            Flush(_name, _file, FlushReason.AppendedBlock, _poison);
            _hasTornTail = false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The neighbouring blocks to read at once for an offset; null at the end.</summary>
    private Run? Plan(long offset, int count)
    {
        lock (_index)
        {
            if (offset >= _index.End.PayloadOffset)
                return null;
            var first = _index.Find(offset);
            var lengths = new List<int>();
            var next = first;
            while (next.Block < _index.End.Block && next.PayloadOffset < offset + count)
            {
                var length = _index.LengthOf(next.Block);
                var after = next.Next(length);
                if (lengths.Count > 0 && after.FileOffset - first.FileOffset > ReadSizeBytesMax)
                    break;
                lengths.Add(length);
                next = after;
            }

            return new Run(first, lengths, (int)(next.FileOffset - first.FileOffset));
        }
    }

    private int ReadRun(Run run, long offset, Span<byte> target)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(run.SizeBytes);
        try
        {
            var bytes = buffer.AsSpan(0, run.SizeBytes);
            if (_file.Read(run.First.FileOffset, bytes) != run.SizeBytes)
                throw new BlobDamagedException(_name, $"its file ends before byte {run.First.FileOffset + run.SizeBytes}, where acknowledged blocks were");
            var done = 0;
            var place = run.First;
            foreach (var length in run.Lengths)
            {
                var block = bytes.Slice((int)(place.FileOffset - run.First.FileOffset), AppendFormat.BlockSizeBytes(length));
                if (!AppendFormat.TryReadBlock(block, place.Block, _seed, out var payload))
                    throw new BlobDamagedException(_name, $"block {place.Block} at byte {place.FileOffset} of its file fails its checksum");
                var wanted = payload[(int)Math.Max(0, offset - place.PayloadOffset)..];
                wanted = wanted[..Math.Min(wanted.Length, target.Length - done)];
                wanted.CopyTo(target[done..]);
                done += wanted.Length;
                place = place.Next(length);
            }

            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private readonly record struct Run(BlockIndex.Place First, List<int> Lengths, int SizeBytes);
}
