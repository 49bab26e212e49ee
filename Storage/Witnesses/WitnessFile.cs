using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Storage.Witnesses;

/// <summary>
/// A witness's memory in a file of slots on the node's own disk. A slot is written in place and not flushed: what a killed process has
/// written the operating system still has, and losing it to a power cut loses no data, only the memory that there was more.
/// </summary>
public sealed class WitnessFile : IWitnessRecords, IDisposable
{
    private readonly FileStream _file;
    private readonly Dictionary<ShardAddress, int> _slots = [];
    private readonly Stack<int> _free = new();
    private readonly byte[] _slot = new byte[WitnessFormat.SlotBytes];
    private int _count = 1; // slots in the file, the header's too
    private bool _isClosed;

    private WitnessFile(FileStream file) => _file = file;

    /// <inheritdoc/>
    public string? Problem { get; private set; }

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="IOException">Another process has it, or it cannot be opened.</exception>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static WitnessFile Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            var header = new byte[WitnessFormat.SlotBytes];
            if (file.Length < header.Length)
            {
                WitnessFormat.Header.CopyTo(header); // new, or its maker died over it
                RandomAccess.Write(file.SafeFileHandle, header, 0);
            }
            else if (RandomAccess.Read(file.SafeFileHandle, header, 0) < header.Length || !header.AsSpan().StartsWith(WitnessFormat.Header))
            {
                throw new InvalidDataException($"'{path}' is no witness file of this version. It holds no data: move it away and start again.");
            }

            return new WitnessFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<ShardAddress, ShardSighting> Load()
    {
        var seen = new Dictionary<ShardAddress, ShardSighting>();
        _count = (int)Math.Max(1, RandomAccess.GetLength(_file.SafeFileHandle) / WitnessFormat.SlotBytes);
        for (var slot = 1; slot < _count; slot++)
        {
            RandomAccess.Read(_file.SafeFileHandle, _slot, Offset(slot));
            if (WitnessFormat.TryRead(_slot, out var shard, out var sighting) && seen.TryAdd(shard, sighting))
                _slots[shard] = slot;
            else
                _free.Push(slot);
        }

        return seen;
    }

    /// <inheritdoc/>
    public void Write(ShardAddress shard, ShardSighting sighting)
    {
        if (!_slots.TryGetValue(shard, out var slot))
            _slots[shard] = slot = _free.TryPop(out var free) ? free : _count++;
        WitnessFormat.Write(_slot, shard, sighting);
        Put(slot);
    }

    /// <inheritdoc/>
    public void Remove(ShardAddress shard)
    {
        if (!_slots.Remove(shard, out var slot))
            return;
        _slot.AsSpan().Clear();
        Put(slot);
        _free.Push(slot);
    }

    public void Dispose()
    {
        _isClosed = true;
        _file.Dispose();
    }

    private void Put(int slot)
    {
        if (_isClosed)
            return; // the node is on its way out, and so is whoever still writes
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, _slot, Offset(slot));
            Problem = null;
        }
        catch (IOException problem)
        {
            Problem = $"What is seen of the store is not kept in '{_file.Name}': {problem.Message}";
        }
    }

    private static long Offset(int slot) => (long)slot * WitnessFormat.SlotBytes;
}
