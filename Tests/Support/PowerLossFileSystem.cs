using JadeVector.Engine.Blobs.Files;

namespace JadeVector.Tests.Support;

/// <summary>
/// A file system in memory that keeps what was flushed apart from what was only written. <see cref="LosePower"/> takes back the
/// rest: all of it, or, with a seed, a part that depends on the seed, because a disk may have got round to some of it.
/// </summary>
/// <remarks>
/// What a disk promises here, and no more: a flush makes durable what was done to that file or that directory's names before;
/// of the rest, each write and each name may be there or not; a last write may be there up to a sector (512 bytes), the rest missing or zero.
/// </remarks>
internal sealed class PowerLossFileSystem : IFileSystem
{
    private const int NoSpace = 28;
    private const int InputOutput = 5;

    private readonly Lock _lock = new();
    private readonly PowerLossDirectory _root = new();
    private readonly HashSet<string> _locked = [];
    private readonly Dictionary<string, string> _lockTexts = [];
    private int _boot;

    /// <summary>A flush for this reason does nothing: the mistake that tests must see.</summary>
    public FlushReason? IgnoredFlush { get; set; }

    /// <summary>The next flush for this reason fails, and what it was to make durable stays volatile.</summary>
    public FlushReason? FailingFlush { get; set; }

    /// <summary>How many more bytes files can grow by; null for any number.</summary>
    public long? FreeBytes { get; set; }

    /// <summary>Called before every change and flush; may throw <see cref="PowerCutException"/> to stop the program there.</summary>
    public Action<string>? BeforeChange { get; set; }

    /// <summary>Called inside every flush, before it takes effect.</summary>
    public Action<FlushReason>? OnFlush { get; set; }

    public List<FlushReason> Flushes { get; } = [];

    public List<string> Listed { get; } = [];

    public string? Network { get; set; }

    /// <summary>Ends the program as SIGKILL does: its handles and locks go, what it wrote stays in the page cache.</summary>
    public void KillProcess()
    {
        lock (_lock)
        {
            _boot++;
            _locked.Clear();
        }
    }

    /// <summary>Ends the program and takes back what was not flushed; with a seed, some of it.</summary>
    public void LosePower(int? seed = null)
    {
        lock (_lock)
        {
            KillProcess();
            _root.LosePower(seed is { } s ? new Random(s) : null);
        }
    }

    /// <summary>The bytes of a file as a program would read them.</summary>
    public byte[] Contents(string path)
    {
        lock (_lock)
            return FindFile(path)!.Volatile.ToArray();
    }

    /// <summary>Replaces a file's bytes, durably: for damage.</summary>
    public void Overwrite(string path, byte[] contents)
    {
        lock (_lock)
        {
            var file = FindFile(path)!;
            file.SetLength(0);
            file.Write(0, contents);
            file.Flush();
        }
    }

    public IFile? Open(string path)
    {
        lock (_lock)
            return FindFile(path) is { } file ? new Handle(this, path, file, _boot) : null;
    }

    public IFile Create(string path)
    {
        lock (_lock)
        {
            Before($"create {path}");
            var (directory, name) = Place(path);
            if (directory.Names.ContainsKey(name))
                throw new IOException($"{path} exists");
            var file = new PowerLossFile();
            directory.Names[name] = file;
            return new Handle(this, path, file, _boot);
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
            return FindFile(path) is not null;
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
            return FindDirectory(path) is not null;
    }

    public bool CreateDirectory(string path)
    {
        lock (_lock)
        {
            Before($"mkdir {path}");
            var (directory, name) = Place(path);
            return directory.Names.TryAdd(name, new PowerLossDirectory());
        }
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            Before($"rename {to}");
            var (source, oldName) = Place(from);
            var (target, newName) = Place(to);
            if (!source.Names.Remove(oldName, out var node))
                throw new DirectoryNotFoundException(from);
            target.Names[newName] = node;
        }
    }

    public bool DeleteFile(string path)
    {
        lock (_lock)
        {
            Before($"unlink {path}");
            return FindDirectory(Path.GetDirectoryName(path)!)?.Names.Remove(Path.GetFileName(path)) ?? false;
        }
    }

    public bool IsEmptyDirectory(string path)
    {
        lock (_lock)
            return FindDirectory(path) is { Names.Count: 0 };
    }

    public bool DeleteEmptyDirectory(string path)
    {
        lock (_lock)
        {
            Before($"rmdir {path}");
            if (FindDirectory(path) is not { Names.Count: 0 })
                return false;
            var (directory, name) = Place(path);
            return directory.Names.Remove(name);
        }
    }

    public void FlushDirectory(string path, FlushReason reason)
    {
        lock (_lock)
        {
            var directory = FindDirectory(path) ?? throw new DirectoryNotFoundException(path);
            Flush($"{reason} {path}", reason, directory.Flush);
        }
    }

    public IReadOnlyList<FileEntry> List(string directory)
    {
        lock (_lock)
        {
            Listed.Add(directory);
            return FindDirectory(directory) is { } found
                ? [.. found.Names.Select(n => new FileEntry(n.Key, n.Value is PowerLossDirectory, (n.Value as PowerLossFile)?.Volatile.Length ?? 0))]
                : [];
        }
    }

    public IDisposable? TryLock(string path, string holder, out string otherHolder)
    {
        lock (_lock)
        {
            otherHolder = _lockTexts.GetValueOrDefault(path, "");
            if (!_locked.Add(path))
                return null;
            _lockTexts[path] = holder;
            return new HeldLock(this, path, _boot);
        }
    }

    public string? NetworkKind(string path) => Network;

    private void Before(string change) => BeforeChange?.Invoke(change);

    private void Flush(string what, FlushReason reason, Action flush)
    {
        Before($"flush {what}");
        Flushes.Add(reason);
        OnFlush?.Invoke(reason);
        if (FailingFlush == reason)
        {
            FailingFlush = null;
            throw new IOException("Input/output error", InputOutput);
        }

        if (IgnoredFlush != reason)
            flush();
    }

    private PowerLossFile? FindFile(string path) =>
        FindDirectory(Path.GetDirectoryName(path)!)?.Names.GetValueOrDefault(Path.GetFileName(path)) as PowerLossFile;

    private PowerLossDirectory? FindDirectory(string path)
    {
        var directory = _root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (directory.Names.GetValueOrDefault(part) is not PowerLossDirectory next)
                return null;
            directory = next;
        }

        return directory;
    }

    private (PowerLossDirectory Directory, string Name) Place(string path) =>
        (FindDirectory(Path.GetDirectoryName(path)!) ?? throw new DirectoryNotFoundException(path), Path.GetFileName(path));

    private sealed class HeldLock(PowerLossFileSystem owner, string path, int boot) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                if (owner._boot == boot)
                    owner._locked.Remove(path);
            }
        }
    }

    private sealed class Handle(PowerLossFileSystem owner, string path, PowerLossFile file, int boot) : IFile
    {
        private bool _disposed;

        public long Length => Use(() => file.Volatile.Length);

        public int Read(long offset, Span<byte> buffer)
        {
            lock (owner._lock)
            {
                Check();
                return file.Volatile.Read(offset, buffer);
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (owner._lock)
            {
                Check();
                owner.Before($"write {path}");
                var growth = Math.Max(0, offset + bytes.Length - file.Volatile.Length);
                var taken = Math.Min(growth, owner.FreeBytes ?? growth);
                var fits = (int)Math.Max(0, bytes.Length - growth + taken);   // a hole before the write takes room too
                owner.FreeBytes -= taken;
                file.Write(offset, bytes[..fits]);
                if (fits < bytes.Length)
                    throw new IOException("No space left on device", NoSpace);
            }
        }

        public void SetLength(long length)
        {
            lock (owner._lock)
            {
                Check();
                owner.Before($"truncate {path}");
                owner.FreeBytes += Math.Max(0, file.Volatile.Length - length);
                file.SetLength(length);
            }
        }

        public void Flush(FlushReason reason)
        {
            lock (owner._lock)
            {
                Check();
                owner.Flush($"{reason} {path}", reason, file.Flush);
            }
        }

        public void Dispose() => _disposed = true;

        private T Use<T>(Func<T> use)
        {
            lock (owner._lock)
            {
                Check();
                return use();
            }
        }

        private void Check()
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (owner._boot != boot)
                throw new InvalidOperationException($"The program that opened {path} has ended.");
        }
    }
}

/// <summary>The program stops here. Not an <see cref="IOException"/>: nobody may handle it.</summary>
internal sealed class PowerCutException(string before) : Exception($"power cut before: {before}");
