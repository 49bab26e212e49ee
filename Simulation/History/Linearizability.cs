namespace JadeVector.Simulation.History;

/// <summary>
/// Decides whether a history of one key has an order that fits: Wing and Gong's search (Testing and Verifying Concurrent Objects, 1993)
/// with Lowe's memory of states seen (Testing for Linearizability, 2017), as in porcupine.
/// </summary>
/// <remarks>
/// An operation may come next if it began before every operation that is left had ended. An operation of unknown outcome ends never
/// and may be left out.
/// </remarks>
internal static class Linearizability
{
    public static bool Holds(IReadOnlyCollection<KeyOperation> history)
    {
        KeyOperation[] operations = [.. history.OrderBy(o => o.Operation.Began.Step)];
        var taken = new bool[operations.Length];
        var seen = new HashSet<(string Taken, int Tag, ulong Version)>();
        var path = new Stack<(int Index, (int Tag, ulong Version) Before)>();
        var state = default((int Tag, ulong Version));
        var from = 0;
        while (true)
        {
            var next = Next(operations, taken, state, from, seen, out var after);
            if (next >= 0)
            {
                taken[next] = true;
                path.Push((next, state));
                (state, from) = (after, 0);
            }
            else if (IsDone(operations, taken))
            {
                return true;
            }
            else if (path.TryPop(out var last))
            {
                taken[last.Index] = false;
                (state, from) = (last.Before, last.Index + 1);
            }
            else
            {
                return false;
            }
        }
    }

    private static int Next(
        KeyOperation[] operations, bool[] taken, (int Tag, ulong Version) state, int from, HashSet<(string, int, ulong)> seen, out (int Tag, ulong Version) after)
    {
        var earliestEnd = long.MaxValue;
        for (var i = 0; i < operations.Length; i++)
        {
            if (!taken[i])
                earliestEnd = Math.Min(earliestEnd, operations[i].EndedStep);
        }

        for (var i = from; i < operations.Length && operations[i].Operation.Began.Step <= earliestEnd; i++)
        {
            if (taken[i] || !operations[i].TryStep(state, out after))
                continue;
            taken[i] = true;
            var isNew = seen.Add((Key(taken), after.Tag, after.Version));
            taken[i] = false;
            if (isNew)
                return i;
        }

        after = state;
        return -1;
    }

    private static bool IsDone(KeyOperation[] operations, bool[] taken)
    {
        for (var i = 0; i < operations.Length; i++)
        {
            if (!taken[i] && operations[i].EndedStep != long.MaxValue)
                return false;
        }

        return true;
    }

    /// <summary>The set of taken operations as text: 16 to a character.</summary>
    private static string Key(bool[] taken) => string.Create((taken.Length + 15) / 16, taken, static (text, set) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            var bits = 0;
            for (var j = 0; j < 16 && (i * 16) + j < set.Length; j++)
                bits |= set[(i * 16) + j] ? 1 << j : 0;
            text[i] = (char)bits;
        }
    });
}
