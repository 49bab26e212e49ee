using System.Diagnostics.CodeAnalysis;

namespace JadeVector.Hosting.Work;

/// <summary>
/// Takes items from its shares in turn, from each in the order of their arrival. When it is full, a share that waits with less takes the
/// place of the last of the longest, so that who floods it meets the refusals. Not safe for several threads.
/// </summary>
/// <param name="capacity">Items of all shares together; 1 or more.</param>
internal sealed class FairQueue<T>(int capacity)
    where T : class
{
    private readonly Dictionary<string, LinkedList<T>> _shares = new(StringComparer.Ordinal); // none is empty
    private readonly Queue<string> _turns = new(); // each share once

    public int Count { get; private set; }

    /// <param name="share">Whose item it is.</param>
    /// <param name="item">Goes to the end of its share.</param>
    /// <param name="displaced">Lost its place to this one; null for none.</param>
    /// <returns>False: there is no place.</returns>
    public bool TryAdd(string share, T item, out T? displaced)
    {
        displaced = null;
        var own = _shares.GetValueOrDefault(share);
        if (Count == capacity && !TryDisplace((own?.Count ?? 0) + 1, out displaced))
            return false;
        if (own is null)
        {
            _shares.Add(share, own = []);
            _turns.Enqueue(share);
        }

        own.AddLast(item);
        Count++;
        return true;
    }

    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        item = null;
        if (!_turns.TryDequeue(out var share))
            return false;
        var items = _shares[share];
        item = items.First!.Value;
        items.RemoveFirst();
        Count--;
        if (items.Count > 0)
            _turns.Enqueue(share);
        else
            _shares.Remove(share);
        return true;
    }

    private bool TryDisplace(int moreThan, out T? displaced)
    {
        var longest = _shares.Values.MaxBy(items => items.Count)!;
        displaced = longest.Count > moreThan ? longest.Last!.Value : null;
        if (displaced is null)
            return false;
        longest.RemoveLast();
        Count--;
        return true;
    }
}
