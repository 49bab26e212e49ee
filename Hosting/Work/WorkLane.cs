using JadeVector.Engine;
using JadeVector.Engine.Determinism;

namespace JadeVector.Hosting.Work;

/// <summary>Threads for one kind of work behind a bounded queue.</summary>
internal sealed class WorkLane : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<Seat> _idle = new(); // who came last is called first: what it needs is still in the caches
    private readonly FairQueue<IWorkItem> _queue;
    private readonly TimeProvider _clock;
    private readonly Action<TimeSpan>? _onTaken;
    private readonly WorkKind _kind;
    private readonly int _queueLengthMax;
    private bool _closed;

    /// <param name="onTaken">Told how long a piece of work waited, before it runs.</param>
    public WorkLane(WorkKind kind, int threads, int queueLengthMax, ThreadPriority priority, TimeProvider clock, Action<TimeSpan>? onTaken = null)
    {
        (_kind, _queueLengthMax, _clock, _onTaken) = (kind, queueLengthMax, clock, onTaken);
        _queue = new FairQueue<IWorkItem>(queueLengthMax);
        for (var i = 0; i < threads; i++)
            new Thread(() => Loop(new Seat())) { IsBackground = true, Name = $"jade-{kind}-{i}".ToLowerInvariant(), Priority = priority }.Start();
    }

    public Task<T> Run<T>(SearchTurn turn, Func<T> work, CancellationToken cancellation)
    {
        var item = new WorkItem<T>(work, turn.Deadline, _clock.GetTimestamp(), cancellation);
        IWorkItem? displaced;
        Seat? called = null;
        lock (_lock)
        {
            if (_closed)
                return Task.FromCanceled<T>(new CancellationToken(canceled: true));
            if (!_queue.TryAdd(turn.Share, item, out displaced))
                return Task.FromException<T>(new OverloadedException(_kind, _queueLengthMax));
            _idle.TryPop(out called);
        }

        called?.Call();
        displaced?.Refuse(new OverloadedException(_kind, _queueLengthMax));
        return item.Task;
    }

    /// <summary>Lets running work end; what still waits is cancelled.</summary>
    public void Dispose()
    {
        var waiting = new List<IWorkItem>();
        Seat[] idle;
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            while (_queue.TryTake(out var item))
                waiting.Add(item);
            idle = [.. _idle];
        }

        foreach (var seat in idle)
            seat.Call();
        foreach (var item in waiting)
            item.Refuse(new OperationCanceledException());
    }

    private void Loop(Seat seat)
    {
        if (Thread.CurrentThread.Priority < ThreadPriority.Normal)
            Niceness.LowerOfThisThread();
        while (true)
        {
            IWorkItem? item;
            lock (_lock)
            {
                if (!_queue.TryTake(out item))
                {
                    if (_closed)
                        return;
                    _idle.Push(seat);
                }
            }

            if (item is null)
            {
                seat.Wait();
                continue;
            }

            _onTaken?.Invoke(_clock.GetElapsedTime(item.QueuedAt));
            item.Execute(_clock.GetUtcNow());
        }
    }

    /// <summary>Where a thread without work waits: on the system, without spinning, for a lane's threads are many and its work is seldom.</summary>
    private sealed class Seat
    {
        private readonly object _called = new();
        private bool _isCalled;

        public void Call()
        {
            lock (_called)
            {
                _isCalled = true;
                Monitor.Pulse(_called);
            }
        }

        public void Wait()
        {
            lock (_called)
            {
                while (!_isCalled)
                    Monitor.Wait(_called);
                _isCalled = false;
            }
        }
    }

    private interface IWorkItem
    {
        /// <summary>By the clock's timestamps.</summary>
        long QueuedAt { get; }

        void Execute(DateTimeOffset now);

        void Refuse(Exception why);
    }

    private sealed class WorkItem<T>(Func<T> work, DateTimeOffset deadline, long queuedAt, CancellationToken cancellation)
        : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IWorkItem
    {
        public long QueuedAt => queuedAt;

        public void Execute(DateTimeOffset now)
        {
            if (cancellation.IsCancellationRequested)
            {
                SetCanceled(cancellation);
                return;
            }

            if (now >= deadline)
            {
                SetException(new RefusalException(RefusalCodes.DeadlineExceeded, "The deadline passed before a thread was free; no work was done."));
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

        public void Refuse(Exception why)
        {
            if (why is OperationCanceledException)
                SetCanceled();
            else
                SetException(why);
        }
    }
}
