using System.Diagnostics;

namespace JadeVector.Engine.Hnsw;

// A graph checks itself: an image when it is mapped, a growing one in debug builds and tests.
public sealed unsafe partial class HnswGraph
{
    /// <summary>What must hold while nobody writes.</summary>
    [Conditional("DEBUG")]
    internal void AssertInvariants()
    {
        Debug.Assert(_started == _count, "Every row that was started is linked.");
        Debug.Assert((_entry == NoEntry) == (_count == 0), "An entry point exists exactly when the graph has a node.");
        CheckLinks();
    }

    /// <summary>Rows that a walk on level 0 can get to from the entry point, whatever the query, with those that hang on them. For tests; allocates.</summary>
    internal int CountReachable()
    {
        if (_count == 0)
            return 0;
        var seen = new bool[_count];
        var waiting = new Stack<int>([RowOf(_entry)]);
        seen[RowOf(_entry)] = true;
        var reached = 1;
        while (waiting.TryPop(out var row))
        {
            for (var equal = NextEqual(row); equal != NoRow; equal = NextEqual(equal))
                reached++;
            var links = LinksOf(row, 0);
            for (var i = 1; i <= *links; i++)
            {
                if (seen[links[i]])
                    continue;
                seen[links[i]] = true;
                reached++;
                waiting.Push(links[i]);
            }
        }

        return reached;
    }

    /// <summary>Checks every level, count and link.</summary>
    /// <exception cref="InvalidDataException">Names the first that is wrong.</exception>
    private void CheckLinks()
    {
        var nodes = _count;
        for (var row = 0; row < nodes; row++)
            CheckLevel(row);
        if (nodes > 0 && LevelOfRow(RowOf(_entry)) != LevelOf(_entry))
            throw new InvalidDataException($"Damaged graph image: the entry point is on level {LevelOfRow(RowOf(_entry))}, not on {LevelOf(_entry)}.");
        var attached = CheckChains(nodes);
        if (nodes > 0 && attached[RowOf(_entry)])
            throw new InvalidDataException($"Damaged graph image: the entry point {RowOf(_entry)} is no node.");
        for (var row = 0; row < nodes; row++)
        {
            for (var level = LevelOfRow(row); level >= 0; level--)
                CheckLinks(row, level, nodes, attached);
        }
    }

    /// <summary>Checks that chains of equal rows end, and that no row is in two.</summary>
    /// <returns>Which rows hang on another.</returns>
    private bool[] CheckChains(int nodes)
    {
        var attached = new bool[nodes];
        var notSeen = 0;
        for (var row = 0; row < nodes; row++)
        {
            var next = NextEqual(row);
            if (next == NoRow)
                continue;
            if ((uint)next >= (uint)nodes || next == row || attached[next])
                throw new InvalidDataException($"Damaged graph image: the chain of equal rows goes from {row} to {next}, which is no other row of {nodes} or in a chain already.");
            attached[next] = true;
            notSeen++;
        }

        for (var row = 0; row < nodes; row++)
        {
            if (attached[row])
                continue;
            for (var next = NextEqual(row); next != NoRow; next = NextEqual(next))
                notSeen--;
        }

        if (notSeen != 0)
            throw new InvalidDataException($"Damaged graph image: {notSeen} equal rows are in a chain without a beginning.");
        return attached;
    }

    private void CheckLevel(int row)
    {
        // In an image the byte is the level and nothing else.
        var level = _isMapped ? *_state.At(row) : LevelOfRow(row);
        if (level > LevelOf(_entry))
            throw new InvalidDataException($"Damaged graph image: node {row} is on level {level}, above the entry point's {LevelOf(_entry)}.");
        var first = level > 0 ? *(int*)_upperFirst.At(row) : 0;
        if (first < 0 || first > _upperCount - level)
            throw new InvalidDataException($"Damaged graph image: the upper blocks of node {row} start at {first}, of {_upperCount}.");
    }

    private void CheckLinks(int row, int level, int nodes, bool[] attached)
    {
        var links = LinksOf(row, level);
        var count = *links;
        var capacity = level == 0 ? _baseLayout.LinkCapacity : _upperLayout.LinkCapacity;
        if ((uint)count > (uint)capacity)
            throw new InvalidDataException($"Damaged graph image: node {row} has {count} links on level {level}, more than {capacity}.");
        for (var i = 1; i <= count; i++)
        {
            var link = links[i];
            if ((uint)link >= (uint)nodes || link == row || LevelOfRow(link) < level || attached[link])
                throw new InvalidDataException($"Damaged graph image: node {row} links on level {level} to {link}, which is no other node of that level (there are {nodes} nodes).");
        }
    }
}
