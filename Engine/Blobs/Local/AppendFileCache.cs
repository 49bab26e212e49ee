namespace JadeVector.Engine.Blobs.Local;

/// <summary>The append blobs that are open, one object each; the one unused for longest is closed when there are too many.</summary>
internal sealed class AppendFileCache(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _idle = [];   // pinned by nobody, longest unused first

    internal int OpenCount
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>The entry of a name, pinned until it is disposed of; the blob itself is opened by <see cref="Lease.Open"/>.</summary>
    internal Lease Rent(string name)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(name, out var entry))
                _entries.Add(name, entry = new Entry(name));
            return Pin(entry);
        }
    }

    /// <summary>As <see cref="Rent"/>, only if there is an entry.</summary>
    internal bool TryRent(string name, out Lease lease)
    {
        lock (_lock)
        {
            lease = _entries.TryGetValue(name, out var entry) ? Pin(entry) : default;
            return entry is not null;
        }
    }

    internal void CloseAll()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
                entry.File?.Dispose();
            _entries.Clear();
            _idle.Clear();
        }
    }

    private Lease Pin(Entry entry)
    {
        if (entry.Pins++ == 0 && entry.IdleNode is { } node)
        {
            _idle.Remove(node);
            entry.IdleNode = null;
        }

        return new Lease(this, entry);
    }

    private void Return(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Pins > 0)
                return;
            if (entry.Detached || entry.File is null)
                Drop(entry);
            else
                entry.IdleNode = _idle.AddLast(entry);
            while (_entries.Count > capacity && _idle.First is { } longestUnused)
            {
                _idle.RemoveFirst();
                Drop(longestUnused.Value);
            }
        }
    }

    private void Drop(Entry entry)
    {
        if (_entries.TryGetValue(entry.Name, out var current) && current == entry)
            _entries.Remove(entry.Name);
        entry.File?.Dispose();
    }

    private void Detach(Entry entry)
    {
        lock (_lock)
        {
            entry.Detached = true;
            _entries.Remove(entry.Name);
        }
    }

    internal sealed class Entry(string name)
    {
        internal string Name { get; } = name;

        internal Lock Opening { get; } = new();

        internal AppendFile? File { get; set; }

        internal int Pins { get; set; }

        internal bool Detached { get; set; }

        internal LinkedListNode<Entry>? IdleNode { get; set; }
    }

    internal readonly ref struct Lease(AppendFileCache cache, Entry entry)
    {
        /// <summary>The open blob, opened now where it was not; null when there is none.</summary>
        internal AppendFile? Open(Func<AppendFile?> open)
        {
            lock (entry.Opening)
                return entry.Detached ? null : entry.File ??= open();
        }

        /// <summary>Deletes the blob while nobody appends to it or opens it; whoever still holds the entry finds it missing.</summary>
        internal bool Delete(Func<bool> unlink)
        {
            lock (entry.Opening)
            {
                var deleted = entry.File is { } file ? file.Delete(unlink) : unlink();
                cache.Detach(entry);
                return deleted;
            }
        }

        public void Dispose() => cache.Return(entry);
    }
}
