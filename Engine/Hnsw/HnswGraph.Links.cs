namespace JadeVector.Engine.Hnsw;

// Writing of link lists.
public sealed unsafe partial class HnswGraph
{
    /// <summary>
    /// Chooses links among candidates (Algorithm 4, without filling up with those pruned, as hnswlib does): nearest first, each one that is
    /// nearer to the base than to every one chosen before it, so that the links point in different directions.
    /// </summary>
    /// <param name="scorer">Compares rows.</param>
    /// <param name="candidates">Keys with distances to the base, nearest first.</param>
    /// <param name="count">How many.</param>
    /// <param name="capacity">At most so many are chosen.</param>
    /// <param name="chosen">Takes them, nearest first; may be the same memory.</param>
    /// <returns>How many were chosen.</returns>
    private static int SelectDiverse<TScorer>(TScorer scorer, ulong* candidates, int count, int capacity, ulong* chosen)
        where TScorer : struct, IScorer
    {
        var kept = 0;
        for (var i = 0; i < count && kept < capacity; i++)
        {
            var candidate = candidates[i];
            if (i + 1 < count)
                scorer.Prefetch(CandidateKey.Row(candidates[i + 1]));
            scorer.Aim(CandidateKey.Row(candidate));
            var distance = CandidateKey.Distance(candidate);
            var isDiverse = true;
            for (var j = 0; j < kept && isDiverse; j++)
                isDiverse = scorer.To(CandidateKey.Row(chosen[j])) >= distance;
            if (isDiverse)
                chosen[kept++] = candidate;
        }

        return kept;
    }

    /// <summary>Adds to a node a link to a new row, under the node's lock; of a full list only diverse links stay.</summary>
    /// <param name="neighbour">The node, with its distance to the row.</param>
    /// <param name="level">On which level.</param>
    /// <param name="row">The new row.</param>
    /// <param name="scorer">Compares rows.</param>
    /// <param name="scratch">For choosing.</param>
    private void LinkBack<TScorer>(ulong neighbour, int level, int row, TScorer scorer, HnswScratch scratch)
        where TScorer : struct, IScorer
    {
        var node = CandidateKey.Row(neighbour);
        ref var gate = ref *(int*)_locks.At(node);
        EnterNode(ref gate);
        try
        {
            var links = LinksOf(node, level);
            var capacity = level == 0 ? _baseLayout.LinkCapacity : _upperLayout.LinkCapacity;
            var count = *links;
            if (new ReadOnlySpan<int>(links + 1, count).Contains(row))
                return;
            if (count < capacity)
            {
                Volatile.Write(ref links[count + 1], row);
                Volatile.Write(ref *links, count + 1);
                return;
            }

            var crowd = scratch.Crowd(count + 1);
            for (var i = 1; i <= count; i++)
                scorer.Prefetch(links[i]);
            scorer.Aim(node);
            for (var i = 0; i < count; i++)
                crowd[i] = CandidateKey.Of(links[i + 1], scorer.To(links[i + 1]));
            crowd[count] = CandidateKey.Of(row, CandidateKey.Distance(neighbour));
            new Span<ulong>(crowd, count + 1).Sort();
            Publish(links, crowd, SelectDiverse(scorer, crowd, count + 1, capacity, crowd));
        }
        finally
        {
            Volatile.Write(ref gate, 0);
        }
    }

    /// <summary>Writes a list so that a reader at any moment finds valid links: those of before, those of after, or some of both.</summary>
    private static void Publish(int* links, ulong* keys, int count)
    {
        for (var i = 0; i < count; i++)
            Volatile.Write(ref links[i + 1], CandidateKey.Row(keys[i]));
        Volatile.Write(ref *links, count);
    }

    private static void EnterNode(ref int gate)
    {
        var spin = default(SpinWait);
        while (Interlocked.CompareExchange(ref gate, 1, 0) != 0)
            spin.SpinOnce();
    }
}
