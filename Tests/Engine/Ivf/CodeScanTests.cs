using JadeVector.Engine.Ivf;
using Xunit;

namespace JadeVector.Tests.Engine.Ivf;

public sealed unsafe class CodeScanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(250)]
    public void Every_way_to_add_up_entries_gives_what_the_definition_does(int pairs)
    {
        var random = new Random(pairs);
        var block = new byte[pairs * CodeScan.BlockRows];
        var table = new byte[pairs * 32];
        random.NextBytes(block);
        for (var i = 0; i < table.Length; i++)
            table[i] = (byte)random.Next(CodeScan.EntryMax + 1);
        ushort[] expected = new ushort[32], sums = new ushort[32], halves = new ushort[32];
        fixed (byte* codes = block, entries = table)
        fixed (ushort* wanted = expected, whole = sums, half = halves)
        {
            CodeScan.SumReference(codes, entries, pairs, wanted);
            CodeScan.Sum(codes, entries, pairs, whole);
            CodeScan.SumHalf(codes, entries, pairs, half);
            CodeScan.SumHalf(codes + 16, entries, pairs, half + 16);
        }

        Assert.Equal(expected, sums);
        Assert.Equal(expected, halves);
        Assert.Contains(expected, sum => sum > 0);
    }

    [Fact]
    public void A_row_finds_its_own_codes_in_its_block()
    {
        var block = new byte[2 * CodeScan.BlockRows];
        var table = new byte[4 * 16];
        table[3] = 1;                // group 0, code 3
        table[16 + 9] = 10;          // group 1, code 9
        table[32 + 15] = 20;         // group 2, code 15
        table[48 + 0] = 40;          // group 3, code 0: every row that has no codes
        var sums = new ushort[CodeScan.BlockRows];
        fixed (byte* codes = block, entries = table)
        fixed (ushort* whole = sums)
        {
            CodeScan.Pack([3, 9, 15, 1], codes, rowInBlock: 17);
            CodeScan.Sum(codes, entries, pairs: 2, whole);
        }

        Assert.Equal(31, sums[17]);
        Assert.All(sums.Where((_, row) => row != 17), sum => Assert.Equal(40, sum));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40_000)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void The_rows_below_a_bound_are_those_whose_sums_are(int bound)
    {
        var random = new Random(bound);
        ushort[] sums = [.. Enumerable.Range(0, CodeScan.BlockRows).Select(_ => (ushort)random.Next(65_536))];
        (sums[0], sums[31]) = (ushort.MaxValue, 0);
        uint below;
        fixed (ushort* first = sums)
            below = CodeScan.RowsBelow(first, bound);
        for (var row = 0; row < CodeScan.BlockRows; row++)
            Assert.Equal(sums[row] < bound, (below & (1u << row)) != 0);
    }

    [Theory]
    [InlineData(2, 1.0f)]
    [InlineData(400, 1000.0f)]
    [InlineData(4_000, 0.001f)]
    public void A_table_in_bytes_keeps_every_sum_in_bounds(int groups, float width)
    {
        var random = new Random(groups);
        var distances = new float[groups * 16];
        for (var i = 0; i < distances.Length; i++)
            distances[i] = (random.NextSingle() - 0.5f) * width;
        var table = new byte[distances.Length];
        fixed (float* source = distances)
        fixed (byte* target = table)
            QueryTable.Quantize(source, groups, target);
        var largest = table.Chunk(16).Sum(entries => entries.Max());
        Assert.InRange(largest, 1, CodeScan.SumMax);
        Assert.All(table, entry => Assert.InRange(entry, 0, CodeScan.EntryMax));
        // In each group the order stays.
        foreach (var (exact, entries) in distances.Chunk(16).Zip(table.Chunk(16)))
            Assert.True(entries[Array.IndexOf(exact, exact.Min())] == entries.Min() && entries[Array.IndexOf(exact, exact.Max())] == entries.Max());
    }

    [Fact]
    public void A_table_of_equal_distances_is_of_zeros()
    {
        var distances = new float[32];
        Array.Fill(distances, 7);
        var table = new byte[32];
        fixed (float* source = distances)
        fixed (byte* target = table)
            QueryTable.Quantize(source, 2, target);
        Assert.All(table, entry => Assert.Equal(0, entry));
    }

    [Fact]
    public void The_candidates_kept_are_those_of_the_least_sums_whatever_the_order()
    {
        var random = new Random(5);
        var offers = Enumerable.Range(0, 500).Select(row => (Row: row, Sum: (ushort)random.Next(100))).ToArray();
        var expected = offers.OrderBy(offer => offer.Sum).ThenBy(offer => offer.Row).Take(40).Select(offer => offer.Row).Order().ToArray();
        random.Shuffle(offers);
        var keys = new ulong[40];
        fixed (ulong* memory = keys)
        {
            var candidates = new CandidateRows(memory, keys.Length);
            foreach (var (row, sum) in offers)
            {
                if (sum < candidates.Bound)
                    candidates.Offer(row, sum);
            }

            var kept = new List<int>();
            for (var i = 0; i < candidates.Count; i++)
                kept.Add(candidates[i]);
            Assert.Equal(expected, kept.Order());
        }
    }
}
