using System.Collections.Concurrent;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>The copies of shards that live in this process: their grains put themselves in and take themselves out.</summary>
public sealed class LocalCopies
{
    private readonly ConcurrentDictionary<CopyId, ILocalCopy> _copies = new();
    private volatile TaskCompletionSource _changed = NewSignal();
    private volatile bool _isFull;

    /// <summary>Completes at the next change after it was read.</summary>
    public Task Changed => _changed.Task;

    public int Count => _copies.Count;

    /// <summary>There is no memory for more vectors: their writes are refused.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>In no order.</summary>
    internal IReadOnlyCollection<ILocalCopy> All => [.. _copies.Values];

    /// <summary>In order of id.</summary>
    public IReadOnlyList<HostedCopy> Copies =>
    [
        .. _copies.Select(pair => new HostedCopy(pair.Key, pair.Value.MemoryBytes))
            .OrderBy(hosted => hosted.Copy.DatabaseId, StringComparer.Ordinal).ThenBy(hosted => hosted.Copy.Shard).ThenBy(hosted => hosted.Copy.Replica),
    ];

    /// <param name="id">Lives here from now on, though it may still be being opened.</param>
    /// <param name="copy">What is asked of it.</param>
    public void Add(CopyId id, ILocalCopy copy)
    {
        _copies[id] = copy;
        Signal();
    }

    public void Remove(CopyId id)
    {
        _copies.TryRemove(id, out _);
        Signal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
}
