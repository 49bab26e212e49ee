using System.Collections.Concurrent;
using JadeVector.Engine.Determinism;

namespace JadeVector.Hosting.Work;

/// <summary>
/// Real threads for the engine, one lane for each kind of work: searches on as many threads as there are cores behind a short
/// queue (when it is full the caller is told at once), blocking storage calls on threads of their own, background work on
/// low-priority threads that leave a core to the rest.
/// </summary>
public sealed class ThreadWorkScheduler : IWorkScheduler, IDisposable
{
    private readonly Lane _search;
    private readonly Lane _storage;
    private readonly Lane _background;

    public ThreadWorkScheduler(int cores)
    {
        BackgroundParallelism = Math.Max(1, cores - 1);
        _search = new Lane(WorkKind.Search, cores, cores * 64, ThreadPriority.Normal);
        _storage = new Lane(WorkKind.Storage, 16, 16 * 1024, ThreadPriority.Normal);
        _background = new Lane(WorkKind.Background, BackgroundParallelism, 1024 * 1024, ThreadPriority.Lowest);
    }

    /// <inheritdoc/>
    public int BackgroundParallelism { get; }

    /// <inheritdoc/>
    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) => kind switch
    {
        WorkKind.Search => _search.Run(work, cancellation),
        WorkKind.Storage => _storage.Run(work, cancellation),
        WorkKind.Background => _background.Run(work, cancellation),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Lets running work end; what still waits is cancelled.</summary>
    public void Dispose()
    {
        _search.Dispose();
        _storage.Dispose();
        _background.Dispose();
    }

    private sealed class Lane : IDisposable
    {
        private readonly BlockingCollection<IWorkItem> _queue;
        private readonly WorkKind _kind;
        private readonly int _queueLengthMax;

        public Lane(WorkKind kind, int threads, int queueLengthMax, ThreadPriority priority)
        {
            _kind = kind;
            _queueLengthMax = queueLengthMax;
            _queue = new BlockingCollection<IWorkItem>(queueLengthMax);
            for (var i = 0; i < threads; i++)
            {
                new Thread(Loop) { IsBackground = true, Name = $"jade-{kind}-{i}".ToLowerInvariant(), Priority = priority }.Start();
            }
        }

        public Task<T> Run<T>(Func<T> work, CancellationToken cancellation)
        {
            var item = new WorkItem<T>(work, cancellation);
            if (_queue.IsAddingCompleted)
            {
                return Task.FromCanceled<T>(new CancellationToken(canceled: true));
            }

            return _queue.TryAdd(item)
                ? item.Task
                : Task.FromException<T>(new OverloadedException(_kind, _queueLengthMax));
        }

        public void Dispose()
        {
            _queue.CompleteAdding();
            while (_queue.TryTake(out var item))
            {
                item.Cancel();
            }
        }

        private void Loop()
        {
            foreach (var item in _queue.GetConsumingEnumerable())
            {
                item.Execute();
            }
        }
    }

    private interface IWorkItem
    {
        void Execute();

        void Cancel();
    }

    private sealed class WorkItem<T>(Func<T> work, CancellationToken cancellation)
        : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IWorkItem
    {
        public void Execute()
        {
            if (cancellation.IsCancellationRequested)
            {
                SetCanceled(cancellation);
                return;
            }

            try
            {
                SetResult(work());
            }
            catch (OperationCanceledException cancelled)
            {
                SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception problem)
            {
                SetException(problem);
            }
        }

        public void Cancel() => SetCanceled();
    }
}
