namespace JadeVector.Embedded;

/// <summary>The activations of one stateless worker grain: a call goes to an idle one, else to a new one up to the maximum, else to the least loaded.</summary>
internal sealed class StatelessWorkers(EmbeddedGrainHost host, GrainReferenceTarget target)
{
    private readonly List<Activation> _workers = [];
    private bool _closed;

    /// <summary>False when this set is over, since its last activation ended.</summary>
    public bool TryReceive(WorkItem item)
    {
        lock (_workers)
        {
            if (_closed)
                return false;
            while (true)
            {
                var worker = Choose();
                if (worker.TryReceive(item))
                    return true;

                // It ended this moment; Remove has not come by yet.
                _workers.Remove(worker);
            }
        }
    }

    public Activation[] Snapshot()
    {
        lock (_workers)
        {
            return [.. _workers];
        }
    }

    /// <summary>True when that was the last one: the set takes no more calls.</summary>
    public bool Remove(Activation worker)
    {
        lock (_workers)
        {
            _workers.Remove(worker);
            return _closed = _workers.Count == 0;
        }
    }

    private Activation Choose()
    {
        var least = _workers.Count == 0 ? null : _workers.MinBy(worker => worker.Load);
        if (least is not null && (least.Load < 0 || _workers.Count >= target.Class.MaxLocalWorkers))
            return least;
        var created = new Activation(host, target, this);
        _workers.Add(created);
        created.Activate();
        return created;
    }
}
