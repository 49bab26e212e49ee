namespace JadeVector.Engine.Lsh;

/// <summary>
/// The buckets of one table in the order in which they are likely to hold neighbours of a query (query-directed probing; Lv, Josephson, Wang, Charikar, Li,
/// "Multi-Probe LSH", 2007): first the query's own, then those that one or a few functions would have put it into if it lay a little to the side.
/// </summary>
/// <remarks>
/// A step changes one function's value by one; its cost is the squared way to the border that it crosses. Sets of steps, over the steps in order of cost, come out of
/// a heap in order of their sums: from a set whose last step is number i follow those where i is replaced by, or joined by, i + 1. A set with two steps of one function is passed over.
/// Mutable; one table at a time, no allocation once its arrays have grown.
/// </remarks>
internal sealed class Probes
{
    private readonly List<Step> _steps = [];
    private readonly PriorityQueue<Set, float> _sets = new();

    /// <summary>Begins anew, for another query or table.</summary>
    public void Clear()
    {
        _steps.Clear();
        _sets.Clear();
    }

    /// <summary>Says what it costs to change a function's value by one, up or down.</summary>
    public void AddStep(int function, int change, float distance) => _steps.Add(new Step(function, change, distance * distance));

    /// <summary>Sorts the steps; call after the last was added.</summary>
    public void Start()
    {
        _steps.Sort(static (a, b) => a.Cost.CompareTo(b.Cost));
        if (_steps.Count > 0)
            _sets.Enqueue(new Set(1, 0), _steps[0].Cost);
    }

    /// <summary>The next set of steps, cheapest first.</summary>
    /// <param name="values">The query's own values; changed by the steps.</param>
    /// <returns>False when there is no further set.</returns>
    public bool Next(Span<int> values)
    {
        while (_sets.TryDequeue(out var set, out var cost))
        {
            Follow(set, cost);
            if (Apply(set, values))
                return true;
        }

        return false;
    }

    private void Follow(Set set, float cost)
    {
        var next = set.Last + 1;
        if (next >= Math.Min(_steps.Count, Set.StepsMax))
            return;
        _sets.Enqueue(new Set((set.Steps & ~(1UL << set.Last)) | (1UL << next), next), cost - _steps[set.Last].Cost + _steps[next].Cost);
        _sets.Enqueue(new Set(set.Steps | (1UL << next), next), cost + _steps[next].Cost);
    }

    private bool Apply(Set set, Span<int> values)
    {
        ulong functions = 0;
        for (var step = 0; step <= set.Last; step++)
        {
            if ((set.Steps & (1UL << step)) == 0)
                continue;
            if ((functions & (1UL << _steps[step].Function)) != 0)
                return false;
            functions |= 1UL << _steps[step].Function;
        }

        for (var step = 0; step <= set.Last; step++)
        {
            if ((set.Steps & (1UL << step)) != 0)
                values[_steps[step].Function] += _steps[step].Change;
        }

        return true;
    }

    private readonly record struct Step(int Function, int Change, float Cost);

    /// <param name="Steps">A bit for each step in the set.</param>
    /// <param name="Last">The number of the costliest.</param>
    private readonly record struct Set(ulong Steps, int Last)
    {
        /// <summary>Two for each of the most functions that there may be.</summary>
        public const int StepsMax = 2 * LshLimits.FunctionsMax;
    }
}
