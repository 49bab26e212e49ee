using System.Runtime.InteropServices;
using JadeVector.Engine.Blobs;

namespace JadeVector.Simulation.Storage;

/// <summary>What the simulated store holds: names, bytes and versions, with the conditions of <see cref="IBlobStore"/> and no faults.</summary>
internal sealed class SimulatedBlobs : IDisposable
{
    private const string Memory = "/dev/shm"; // files that need no disk, where there is such a place

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private string? _directory;
    private long _versions;

    public BlobContent? Get(string name)
    {
        CheckName(name);
        lock (_lock)
        {
            return _entries.TryGetValue(name, out var entry) ? new BlobContent(entry.Bytes.ToArray(), entry.Version) : null;
        }
    }

    public PutResult Put(string name, byte[] content, PutCondition condition)
    {
        CheckName(name);
        lock (_lock)
        {
            var current = _entries.GetValueOrDefault(name);
            if ((condition.MustBeAbsent && current is not null) || (condition.Version is { } version && version != current?.Version))
            {
                return PutResult.ConditionFailed;
            }

            var entry = new Entry(content, NextVersion());
            _entries[name] = entry;
            return new PutResult(entry.Version);
        }
    }

    public bool CreateImmutable(string name, byte[] content)
    {
        CheckName(name);
        lock (_lock)
        {
            return _entries.TryAdd(name, new Entry(content, NextVersion()));
        }
    }

    public bool CreateAppend(string name)
    {
        CheckName(name);
        lock (_lock)
        {
            return _entries.TryAdd(name, new Entry([], NextVersion()) { IsAppend = true });
        }
    }

    public AppendStatus Append(string name, byte[] bytes, long? expectedLength, int appendCountMax)
    {
        CheckName(name);
        lock (_lock)
        {
            if (!_entries.TryGetValue(name, out var entry) || !entry.IsAppend)
            {
                return AppendStatus.Missing;
            }

            if (entry.IsTorn)
            {
                throw new BlobStoreException($"Simulated: '{name}' takes nothing.");
            }

            if (expectedLength is { } expected && expected != entry.Bytes.Count)
            {
                return AppendStatus.LengthMismatch;
            }

            if (entry.AppendCount >= appendCountMax)
            {
                return AppendStatus.Full;
            }

            entry.Bytes.AddRange(bytes);
            entry.AppendCount++;
            return AppendStatus.Appended;
        }
    }

    public int? Read(string name, long offset, Span<byte> buffer)
    {
        CheckName(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_lock)
        {
            if (!_entries.TryGetValue(name, out var entry))
            {
                return null;
            }

            var count = (int)Math.Clamp(entry.Bytes.Count - offset, 0, buffer.Length);
            if (count > 0)
            {
                CollectionsMarshal.AsSpan(entry.Bytes).Slice((int)offset, count).CopyTo(buffer);
            }

            return count;
        }
    }

    /// <summary>The same as an array of its own.</summary>
    public byte[]? ReadBytes(string name, long offset, int countMax)
    {
        if (Length(name) is not { } length)
        {
            return null;
        }

        var bytes = new byte[Math.Clamp(length - offset, 0, countMax)];
        Read(name, offset, bytes);
        return bytes;
    }

    public long? Length(string name)
    {
        CheckName(name);
        lock (_lock)
        {
            return _entries.TryGetValue(name, out var entry) ? entry.Bytes.Count : null;
        }
    }

    /// <param name="name">Of the blob.</param>
    /// <param name="version">The only one that may go; null for any.</param>
    public bool Delete(string name, string? version = null)
    {
        CheckName(name);
        lock (_lock)
        {
            return (version is null || _entries.GetValueOrDefault(name)?.Version == version) && _entries.Remove(name);
        }
    }

    public IReadOnlyList<BlobEntry> List(string prefix)
    {
        if (prefix.Length > 0)
        {
            Assert(prefix.EndsWith('/'), $"Prefix '{prefix}' does not end in '/'.");
            CheckName(prefix[..^1]);
        }

        lock (_lock)
        {
            return [.. _entries.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(e => new BlobEntry(e.Key, e.Value.Bytes.Count))];
        }
    }

    public LocalBlob? OpenLocal(string name)
    {
        CheckName(name);
        lock (_lock)
        {
            if (!_entries.TryGetValue(name, out var entry))
            {
                return null;
            }

            _directory ??= Directory.Exists(Memory)
                ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"jade-simulated-{Guid.NewGuid():N}")).FullName
                : Directory.CreateTempSubdirectory("jade-simulated-").FullName;
            var path = Path.Combine(_directory, NextVersion());
            File.WriteAllBytes(path, [.. entry.Bytes]);
            return new LocalCopy(path, entry.Bytes.Count);
        }
    }

    /// <summary>Changes stored bytes behind everyone's back.</summary>
    public void Tamper(string name, Action<List<byte>> change)
    {
        lock (_lock)
        {
            change(_entries[name].Bytes);
        }
    }

    /// <summary>Inverts a bit of a stored byte, until it is mended.</summary>
    public BlobDamage FlipBit(string name, int offset, int bit)
    {
        var entry = _entries[name];
        void Flip() => entry.Bytes[offset] ^= (byte)(1 << bit);
        Flip();
        return new BlobDamage(name, Flip);
    }

    /// <summary>Takes the end of a blob away, until it is mended; meanwhile nothing can be appended to it.</summary>
    public BlobDamage Tear(string name, int length)
    {
        var entry = _entries[name];
        var end = entry.Bytes.GetRange(length, entry.Bytes.Count - length);
        entry.Bytes.RemoveRange(length, end.Count);
        entry.IsTorn = true;
        return new BlobDamage(name, () =>
        {
            entry.Bytes.AddRange(end);
            entry.IsTorn = false;
        });
    }

    public void Dispose()
    {
        // Silos over one store dispose of it each.
        if (Interlocked.Exchange(ref _directory, null) is { } directory)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Names are part of the contract: a bad one is a bug of the caller in every store.</summary>
    public static void CheckName(string name)
    {
        foreach (var part in name.Split('/'))
        {
            Assert(part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'), $"'{name}' is not a blob name.");
        }
    }

    /// <summary>Everything as it is now, to go back to.</summary>
    public IReadOnlyDictionary<string, object> Copy()
    {
        lock (_lock)
        {
            return _entries.ToDictionary(each => each.Key, each => (object)each.Value.Clone(), StringComparer.Ordinal);
        }
    }

    /// <summary>As a store that loses what it has acknowledged: everything is as it was, the versions too.</summary>
    public void RollBack(IReadOnlyDictionary<string, object> copy)
    {
        lock (_lock)
        {
            _entries.Clear();
            foreach (var (name, entry) in copy)
            {
                _entries.Add(name, ((Entry)entry).Clone());
            }
        }
    }

    private static void Assert(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }

    private string NextVersion() => $"v{++_versions}";

    private sealed class Entry(byte[] bytes, string version)
    {
        public List<byte> Bytes { get; } = [.. bytes];

        public string Version { get; } = version;

        public bool IsAppend { get; init; }

        public int AppendCount { get; set; }

        public bool IsTorn { get; set; }

        public Entry Clone() => new([.. Bytes], Version) { IsAppend = IsAppend, AppendCount = AppendCount, IsTorn = IsTorn };
    }

    private sealed class LocalCopy(string path, long lengthBytes) : LocalBlob(path, 0, lengthBytes)
    {
        protected override void Dispose(bool disposing)
        {
            File.Delete(Path);
            base.Dispose(disposing);
        }
    }
}

/// <summary>Something is wrong with a stored blob that can be put right again.</summary>
internal sealed class BlobDamage(string name, Action mend)
{
    public string Name { get; } = name;

    public void Mend() => mend();
}
