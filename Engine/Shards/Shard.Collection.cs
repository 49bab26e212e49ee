using JadeVector.Engine.Blobs;

namespace JadeVector.Engine.Shards;

// Once in each term of ownership, which is when there is new garbage that may be collected: look, wait for the grace time, look again, and
// delete what was garbage both times. The grace time is for those who opened the shard before and still read what its manifest named then.
public sealed partial class Shard
{
    private long _collectedCount;
    private int _collectionStarted;

    /// <summary>Called when this object has become the owner.</summary>
    private void BeginCollection()
    {
        if (Interlocked.Exchange(ref _collectionStarted, 1) == 0)
            Watch(CollectAsync());
    }

    private async Task CollectAsync()
    {
        try
        {
            var suspects = await _log.FindGarbageAsync(CheckpointDeadline(), _closing.Token);
            if (suspects.Count == 0)
                return;
            await Task.Delay(_options.GarbageGrace, _context.Clock, _closing.Token);
            Interlocked.Add(ref _collectedCount, await _log.CollectAsync(suspects, CheckpointDeadline(), _closing.Token));
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // What is left is garbage still: the next owner collects it.
        }
        catch (Exception problem) when (problem is RefusalException or BlobStoreException or BlobDamagedException)
        {
            _lastError = problem;
        }
    }
}
