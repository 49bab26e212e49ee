namespace JadeVector.Engine.Memory;

/// <summary>Scratches that are lent out and come back: as many as were ever in use at once. Safe for use from several threads.</summary>
public sealed class ScratchPool<T>
    where T : class, new()
{
    private readonly Stack<T> _idle = new();

    /// <summary>One that nobody else has until it is returned; the one returned last, whose memory is likely still in a cache.</summary>
    public T Rent()
    {
        lock (_idle)
        {
            if (_idle.TryPop(out var scratch))
                return scratch;
        }

        return new T();
    }

    /// <summary>Gives back what <see cref="Rent"/> gave; the caller no longer touches it.</summary>
    public void Return(T scratch)
    {
        lock (_idle)
        {
            _idle.Push(scratch);
        }
    }
}
