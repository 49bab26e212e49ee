using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;

namespace JadeVector.Storage.Azure;

/// <summary>
/// Copies of immutable blobs in a local directory, to be memory-mapped. Names of immutable blobs are never reused, so a copy of the
/// right length is the right copy; it got its name only after it was whole and flushed.
/// </summary>
internal sealed class LocalCopies
{
    private const string PartialSuffix = "~partial";   // '~' is in no blob name

    private readonly string _root;
    private readonly long _sizeBytesMax;
    private readonly IWorkScheduler _work;
    private readonly IdSource _ids;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _pins = new(StringComparer.Ordinal);

    private LocalCopies(string root, long sizeBytesMax, IWorkScheduler work, IdSource ids)
    {
        (_root, _sizeBytesMax, _work, _ids) = (root, sizeBytesMax, work, ids);
    }

    internal static async Task<LocalCopies> OpenAsync(
        string directory, long sizeBytesMax, IWorkScheduler work, IdSource ids, CancellationToken cancellation)
    {
        var copies = new LocalCopies(Path.GetFullPath(directory), sizeBytesMax, work, ids);
        await copies.RunAsync("open the cache", copies.Sweep, cancellation);
        return copies;
    }

    /// <summary>Pins the copy of a blob; where there is none, <paramref name="fetch"/> writes one. Null when it finds no blob.</summary>
    internal async Task<LocalBlob?> OpenAsync(string name, long lengthBytes, Func<Stream, Task<bool>> fetch, CancellationToken cancellation)
    {
        var path = PathOf(name);
        Pin(path);
        var pinned = true;
        try
        {
            var present = await RunAsync("look for a copy", () => new FileInfo(path) is { Exists: true } file && file.Length == lengthBytes, cancellation);
            if (!present && !await FetchAsync(path, lengthBytes, fetch, cancellation))
                return null;
            pinned = false;   // the copy's now
            return new Copy(this, path, lengthBytes);
        }
        finally
        {
            if (pinned)
                Unpin(path);
        }
    }

    /// <summary>Removes the copy of a deleted blob; a mapping that exists keeps its bytes.</summary>
    internal Task RemoveAsync(string name, CancellationToken cancellation) => RunAsync("remove the copy", () =>
    {
        var path = PathOf(name);
        if (File.Exists(path))
            File.Delete(path);
        return true;
    }, cancellation);

    private async Task<bool> FetchAsync(string path, long lengthBytes, Func<Stream, Task<bool>> fetch, CancellationToken cancellation)
    {
        var partial = $"{path}.{_ids.NewNonce():x16}{PartialSuffix}";
        await RunAsync("make room", () => MakeRoom(lengthBytes, Path.GetDirectoryName(path)!), cancellation);
        try
        {
            // Nobody else may open it meanwhile: that is how another process's sweep sees that it is alive.
            await using var file = new FileStream(partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20, FileOptions.Asynchronous);
            if (!await fetch(file))
                return false;
            await file.FlushAsync(cancellation);
            if (file.Length != lengthBytes)
                throw new BlobStoreException($"Fetched {file.Length} bytes of a blob of {lengthBytes}: '{path}'.");
            await RunAsync("keep the copy", () => Keep(file, partial, path), cancellation);
            return true;
        }
        catch (Exception e) when (IsEnvironment(e))
        {
            throw Failed("write a copy", e);
        }
        finally
        {
            if (File.Exists(partial))
                File.Delete(partial);
        }
    }

    private static bool Keep(FileStream file, string partial, string path)
    {
        file.Flush(flushToDisk: true);   // a power cut must not leave the name and the length without the bytes
        File.Move(partial, path, overwrite: true);
        return true;
    }

    private bool Sweep()
    {
        Directory.CreateDirectory(_root);
        foreach (var partial in Directory.EnumerateFiles(_root, "*" + PartialSuffix, SearchOption.AllDirectories))
        {
            try
            {
                using var handle = File.OpenHandle(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(partial);
            }
            catch (IOException)
            {
                // Another process is writing it, or has just finished: not a leftover.
            }
        }

        return true;
    }

    private bool MakeRoom(long neededBytes, string directory)
    {
        Directory.CreateDirectory(directory);
        var copies = new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(f => !f.Name.EndsWith(PartialSuffix, StringComparison.Ordinal))
            .OrderBy(f => f.LastAccessTimeUtc).ToList();
        var total = copies.Sum(f => f.Length) + neededBytes;
        foreach (var copy in copies)
        {
            if (total <= _sizeBytesMax)
                break;
            lock (_lock)
            {
                if (_pins.ContainsKey(copy.FullName))
                    continue;
                total -= copy.Length;
                copy.Delete();
            }
        }

        return true;
    }

    private string PathOf(string name) => Path.Join(_root, name);

    private void Pin(string path)
    {
        lock (_lock)
            _pins[path] = _pins.GetValueOrDefault(path) + 1;
    }

    private void Unpin(string path)
    {
        lock (_lock)
        {
            if (--_pins[path] == 0)
                _pins.Remove(path);
        }
    }

    private async Task<T> RunAsync<T>(string what, Func<T> work, CancellationToken cancellation)
    {
        try
        {
            return await _work.RunAsync(WorkKind.Storage, work, cancellation);
        }
        catch (Exception e) when (IsEnvironment(e))
        {
            throw Failed(what, e);
        }
    }

    private static bool IsEnvironment(Exception e) =>
        e is IOException and not BlobStoreException or UnauthorizedAccessException or OverloadedException;

    private BlobStoreException Failed(string what, Exception e)
    {
        const int noSpace = 28;
        return new BlobStoreException($"Could not {what} in '{_root}': {e.Message}", e) { IsFull = e.HResult == noSpace };
    }

    private sealed class Copy(LocalCopies owner, string path, long lengthBytes) : LocalBlob(path, 0, lengthBytes)
    {
        private int _disposed;

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                owner.Unpin(Path);
        }
    }
}
