namespace JadeVector.Benchmarks.Indexes;

/// <summary>The kinds of index that can be measured, by the name that the command line gives them.</summary>
public static class IndexKinds
{
    private static readonly Dictionary<string, Func<BenchParameters, IBenchIndex>> Kinds = new()
    {
        ["hnsw"] = HnswBenchIndex.Create,
        ["flat"] = FlatBenchIndex.Create,
        ["ivf"] = IvfBenchIndex.Create,
        ["lsh"] = LshBenchIndex.Create,
    };

    public static IEnumerable<string> Names => Kinds.Keys;

    /// <exception cref="BenchException">There is no such kind, or it has no such parameter.</exception>
    public static IBenchIndex Create(string name, BenchParameters parameters)
    {
        if (!Kinds.TryGetValue(name, out var create)) throw new BenchException($"There is no index {name}; there are {string.Join(", ", Names)}.");
        var index = create(parameters);
        parameters.RefuseUnknown(name);
        return index;
    }
}
