using System.Collections.Concurrent;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>The copies of shards that live in this process: their grains put themselves in and take themselves out.</summary>
public sealed class LocalCopies
{
    private readonly ConcurrentDictionary<CopyId, Func<long>> _bytes = new();
    private volatile TaskCompletionSource _changed = NewSignal();

    /// <summary>Completes at the next change after it was read.</summary>
    public Task Changed => _changed.Task;

    public int Count => _bytes.Count;

    /// <summary>In order of id.</summary>
    public IReadOnlyList<HostedCopy> Copies =>
    [
        .. _bytes.Select(pair => new HostedCopy(pair.Key, pair.Value()))
            .OrderBy(hosted => hosted.Copy.DatabaseId, StringComparer.Ordinal).ThenBy(hosted => hosted.Copy.Shard).ThenBy(hosted => hosted.Copy.Replica),
    ];

    /// <param name="copy">Lives here from now on.</param>
    /// <param name="bytes">Its native and mapped memory; asked from any thread, also while the copy is being opened.</param>
    public void Add(CopyId copy, Func<long> bytes)
    {
        _bytes[copy] = bytes;
        Signal();
    }

    public void Remove(CopyId copy)
    {
        _bytes.TryRemove(copy, out _);
        Signal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
}
