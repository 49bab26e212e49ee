namespace JadeVector.Engine.Hnsw;

/// <summary>Candidates whose links are still to be followed, nearest first out: a binary heap of keys without a bound, for walks that go through rows which do not count.</summary>
internal sealed class CandidateHeap
{
    private ulong[] _keys = new ulong[256];
    private int _count;

    public int Count => _count;

    /// <summary>The least key; there is one.</summary>
    public ulong First => _keys[0];

    public void Clear() => _count = 0;

    public void Push(ulong key)
    {
        if (_count == _keys.Length)
            Array.Resize(ref _keys, _keys.Length * 2);
        var keys = _keys;
        var place = _count++;
        while (place > 0)
        {
            var parent = (place - 1) >>> 1;
            if (keys[parent] <= key)
                break;
            keys[place] = keys[parent];
            place = parent;
        }

        keys[place] = key;
    }

    /// <summary>Takes out the least key; there is one.</summary>
    public ulong Pop()
    {
        var keys = _keys;
        var least = keys[0];
        var moved = keys[--_count];
        var place = 0;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && keys[child + 1] < keys[child])
                child++;
            if (keys[child] >= moved)
                break;
            keys[place] = keys[child];
            place = child;
        }

        keys[place] = moved;
        return least;
    }
}
