using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>
/// Blobs as files below one directory, which one process at a time has open. The formats are in docs/formats/local-store.md.
/// </summary>
/// <remarks>
/// A blob is a file of its own name. Whole blobs are written to <c>~temp</c> ('~' is in no blob name), flushed, renamed, and the
/// directory flushed. Append blobs grow in place by one write and one flush; see <see cref="AppendFile"/>. Operations on one name
/// that create, replace, read or delete a whole blob exclude each other, so that no reader sees a name before it is durable.
/// A name is not at once a blob and a part of another blob's name.
/// </remarks>
public sealed partial class LocalBlobStore : IBlobStore, IAsyncDisposable
{
    private const string LockName = "store.lock";
    private const string TemporaryName = "~temp";
    private const int StripeCount = 256;

    /// <summary>Append blobs kept open; one more costs a reopening with a scan of its block headers.</summary>
    private const int OpenAppendBlobsMax = 256;

    private readonly IFileSystem _files;
    private readonly IWorkScheduler _work;
    private readonly IdSource _ids;
    private readonly StoreTree _tree;
    private readonly PoisonList _poison = new();
    private readonly AppendFileCache _appendFiles = new(OpenAppendBlobsMax);
    private readonly Lock[] _stripes = new Lock[StripeCount];
    private readonly Lock _running = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _lock;
    private int _runningCount;
    private bool _closing;

    private LocalBlobStore(string root, IFileSystem files, IWorkScheduler work, IdSource ids)
    {
        (Root, _files, _work, _ids) = (root, files, work, ids);
        _tree = new StoreTree(root, files, _poison);
        for (var i = 0; i < StripeCount; i++)
            _stripes[i] = new Lock();
    }

    /// <summary>The directory, as an absolute path.</summary>
    public string Root { get; }

    internal int OpenAppendBlobCount => _appendFiles.OpenCount;

    private bool IsClosing
    {
        get
        {
            lock (_running)
                return _closing;
        }
    }

    /// <summary>Opens the store in a directory, which is created where it is missing. What it holds is not enumerated.</summary>
    /// <exception cref="StoreLockedException">Another process has it open.</exception>
    /// <exception cref="BlobStoreException">The directory cannot be created, read or written, or is on a network file system.</exception>
    public static async Task<LocalBlobStore> OpenAsync(
        string root, IFileSystem files, IWorkScheduler work, IdSource ids, CancellationToken cancellation)
    {
        var store = new LocalBlobStore(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), files, work, ids);
        await store.RunAsync("open", store.Root, store.Open, cancellation);
        return store;
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellation) =>
        RunOnBlobAsync("length", name, () => Length(name), cancellation);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation) =>
        RunOnBlobAsync("delete", name, () => Delete(name), cancellation);

    public Task<bool> DeleteIfMatchAsync(string name, string version, CancellationToken cancellation) =>
        RunOnBlobAsync("delete", name, () => DeleteIfMatch(name, version), cancellation);

    public Task<int?> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return RunOnBlobAsync("read", name, () => Read(name, offset, buffer.Span), cancellation);
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        BlobNames.RequirePrefix(prefix);
        var pending = new Stack<(string Name, FileEntry Entry)>();
        pending.Push((prefix.TrimEnd('/'), new FileEntry("", IsDirectory: true, 0)));
        while (pending.TryPop(out var next))
        {
            if (!next.Entry.IsDirectory)
            {
                yield return new BlobEntry(next.Name, Math.Max(0, next.Entry.LengthBytes - LocalFormat.HeaderSizeBytes));
                continue;
            }

            foreach (var below in await RunAsync("list", next.Name, () => ListDirectory(next.Name), cancellation))
                pending.Push(below);
        }
    }

    /// <summary>Waits for what runs and gives the directory free. Uploads that are not committed vanish at the next opening.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_running)
        {
            if (_closing)
                return;
            _closing = true;
            if (_runningCount == 0)
                _drained.SetResult();
        }

        await _drained.Task;
        _appendFiles.CloseAll();
        _lock?.Dispose();
    }

    private bool Open()
    {
        CreateRoot(Root);
        if (_files.NetworkKind(Root) is { } kind)
            throw new BlobStoreException($"'{Root}' is on a network file system ({kind}), where neither locks nor flushes hold what the store promises. Use a local disk, or Azure Blob storage.");
        var lockPath = Path.Join(Root, LockName);
        _lock = _files.TryLock(lockPath, $"process {Environment.ProcessId}", out var holder) ?? throw new StoreLockedException(lockPath, holder);
        try
        {
            var temporary = Path.Join(Root, TemporaryName);
            _files.CreateDirectory(temporary);
            foreach (var leftover in _files.List(temporary))
                _files.DeleteFile(Path.Join(temporary, leftover.Name));   // the lock is ours: no living writer has one
            return true;
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    private void CreateRoot(string directory)
    {
        if (_files.DirectoryExists(directory))
            return;
        if (Path.GetDirectoryName(directory) is not { } parent)
            throw new DirectoryNotFoundException($"'{directory}' does not exist");
        CreateRoot(parent);
        _files.CreateDirectory(directory);
        _files.FlushDirectory(parent, FlushReason.NewDirectory);
    }

    private long? Length(string name)
    {
        if (_appendFiles.TryRent(name, out var lease))
        {
            using (lease)
            {
                if (lease.Open(() => OpenAppend(name)) is { } open)
                    return open.LengthBytes;
            }
        }

        if (Kind(name, out var header) is not { } isAppend)
            return null;
        return isAppend ? WithAppendFile(name, file => file?.LengthBytes) : header.LengthBytes;
    }

    private bool Delete(string name)
    {
        lock (Stripe(name))
        {
            using var lease = _appendFiles.Rent(name);
            return lease.Delete(() => _tree.Remove(name));
        }
    }

    private bool DeleteIfMatch(string name, string version)
    {
        lock (Stripe(name))
            return Holds(name, PutCondition.IfMatch(version)) && _tree.Remove(name);
    }

    /// <summary>One directory's blobs and directories, last name first.</summary>
    private List<(string Name, FileEntry Entry)> ListDirectory(string directory)
    {
        var below = new List<(string Key, FileEntry Entry)>();
        foreach (var entry in _files.List(_tree.PathOf(directory)))
        {
            if (BlobNames.IsPart(entry.Name) && !(directory.Length == 0 && entry.Name == LockName))
                below.Add((entry.IsDirectory ? entry.Name + "/" : entry.Name, entry));   // so that "a.b" comes before what is in "a"
        }

        below.Sort((a, b) => string.CompareOrdinal(b.Key, a.Key));
        return below.ConvertAll(e => (directory.Length == 0 ? e.Entry.Name : $"{directory}/{e.Entry.Name}", e.Entry));
    }

    private Lock Stripe(string name) =>
        _stripes[XxHash64.Compute(MemoryMarshal.AsBytes(name.AsSpan())) % StripeCount];

    private Task<T> RunOnBlobAsync<T>(string what, string name, Func<T> work, CancellationToken cancellation)
    {
        BlobNames.Require(name);
        if (name == LockName)
            throw new ArgumentException($"'{name}' is the store's own.", nameof(name));
        return RunAsync(what, name, work, cancellation);
    }

    /// <summary>Runs a blocking operation on the storage lane and turns what the system says into what the contract says.</summary>
    private async Task<T> RunAsync<T>(string what, string name, Func<T> work, CancellationToken cancellation)
    {
        Begin();
        try
        {
            return await _work.RunAsync(WorkKind.Storage, work, cancellation);
        }
        catch (Exception e) when (e is OverloadedException or UnauthorizedAccessException
            || e is IOException and not (BlobStoreException or BlobDamagedException or StoreLockedException))
        {
            throw new BlobStoreException($"Could not {what} '{name}': {e.Message}", e) { IsFull = IsFull(e) };
        }
        finally
        {
            End();
        }
    }

    private void Begin()
    {
        lock (_running)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            _runningCount++;
        }
    }

    private void End()
    {
        lock (_running)
        {
            if (--_runningCount == 0 && _closing)
                _drained.SetResult();
        }
    }

    private static bool IsFull(Exception e)
    {
        const int noSpace = 28, quotaOnLinux = 122, quotaOnMac = 69;
        return e is IOException && (e.HResult is noSpace || e.HResult == (OperatingSystem.IsMacOS() ? quotaOnMac : quotaOnLinux));
    }
}
