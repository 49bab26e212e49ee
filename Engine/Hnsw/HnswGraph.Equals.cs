using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Hnsw;

// Rows whose vectors are equal bit for bit. As nodes they would be as near to each other as to anything, so that a crowd of them would link only to
// itself, swallow every walk that comes by, and cut the graph in two. So only the first that is found is a node; the others hang on it in a chain,
// newest first, and come up in results together with it. Two threads that insert equal rows at the same moment may make two nodes; that does no harm.
public sealed unsafe partial class HnswGraph
{
    private const int NoRow = -1;

    /// <summary>The row after <paramref name="row"/> in its chain, or <see cref="NoRow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int NextEqual(int row) => Volatile.Read(ref *(int*)_nextEqual.At(row)) - 1;

    /// <summary>A node among the candidates whose vector is that of <paramref name="row"/>, or <see cref="NoRow"/>.</summary>
    private int FindEqual<TScorer>(int row, ref TScorer scorer, ulong* candidates, int count)
        where TScorer : struct, IScorer
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<float>(Rows.Row(row), Rows.Dimension));
        var toItself = scorer.To(row);
        for (var i = 0; i < count; i++)
        {
            // The same bits give the same distance: nothing else needs to be compared.
            if (CandidateKey.Distance(candidates[i]) != toItself)
                continue;
            var candidate = CandidateKey.Row(candidates[i]);
            if (bytes.SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(Rows.Row(candidate), Rows.Dimension))))
                return candidate;
        }

        return NoRow;
    }

    /// <summary>Hangs a row on a node of the same vector instead of linking it.</summary>
    private void Attach(int row, int node)
    {
        *_state.At(row) = Started;
        ref var gate = ref *(int*)_locks.At(node);
        EnterNode(ref gate);
        var head = (int*)_nextEqual.At(node);
        *(int*)_nextEqual.At(row) = *head;
        Volatile.Write(ref *head, row + 1);
        Volatile.Write(ref gate, 0);
    }

    /// <summary>Offers a node and the rows that hang on it, as far as the filter includes them and there can be room.</summary>
    private void OfferEquals<TFilter>(int node, float distance, int ef, TFilter filter, ref CandidatePool found)
        where TFilter : struct, IRowFilter
    {
        var offered = 0;
        for (var row = node; row != NoRow && offered < ef; row = NextEqual(row))
        {
            if (!filter.Includes(row))
                continue;
            offered++;
            var candidate = CandidateKey.Of(row, distance);
            if (candidate < found.Bound)
                found.Insert(candidate);
        }
    }

    /// <summary>Turns nodes, nearest first, into results: with the rows that hang on them, until there are <paramref name="k"/>.</summary>
    private int ExpandEquals(ulong* nodes, int count, int k, Span<RowDistance> results)
    {
        var taken = 0;
        for (var i = 0; i < count && taken < k; i++)
        {
            var distance = CandidateKey.Distance(nodes[i]);
            for (var row = CandidateKey.Row(nodes[i]); row != NoRow && taken < k; row = NextEqual(row))
                results[taken++] = new RowDistance(row, distance);
        }

        // Chains and equally distant nodes come in another order than that of rows.
        results[..taken].Sort();
        return taken;
    }
}
