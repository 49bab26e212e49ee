namespace JadeVector.Datasets;

/// <summary>What <c>--data</c> holds.</summary>
public abstract record Dataset
{
    /// <summary>Vectors to load and vectors to search with.</summary>
    public sealed record Vectors(string BasePath, string QueryPath) : Dataset;

    /// <summary>Texts to load.</summary>
    public sealed record Texts(string Path) : Dataset;
}

/// <summary>Recognises a dataset by its file names.</summary>
public static class DatasetFolder
{
    private static readonly (string Base, string Query)[] VectorNames =
    [
        ("train-images", "t10k-images"),   // IDX: train-images-idx3-ubyte
        ("base.fbin", "query.fbin"),
        ("base.fvecs", "query.fvecs"),     // TEXMEX: sift_base.fvecs
        ("base.bvecs", "query.bvecs"),
        ("base.npy", "query.npy"),
    ];

    /// <param name="path">A directory, or a file of NDJSON.</param>
    /// <exception cref="DatasetException">There is no such thing, or nothing known in it.</exception>
    public static Dataset Find(string path)
    {
        if (File.Exists(path))
        {
            return IsNdjson(path) ? new Dataset.Texts(path) : throw new DatasetException($"{path} is a file, and only an .ndjson file can be a set by itself; name its directory.");
        }

        if (!Directory.Exists(path)) throw new DatasetException($"There is no directory {path}.");
        var files = Directory.GetFiles(path).Order(StringComparer.Ordinal).ToArray();
        foreach (var (baseName, queryName) in VectorNames)
        {
            if (files.FirstOrDefault(file => IsNamed(file, baseName)) is not { } basePath) continue;
            var queryPath = files.FirstOrDefault(file => IsNamed(file, queryName) || IsNamed(file, queryName.Replace("query", "queries", StringComparison.Ordinal)));
            return new Dataset.Vectors(basePath, queryPath ?? throw new DatasetException($"Beside {basePath} there is no file of queries ({queryName})."));
        }

        return files.FirstOrDefault(IsNdjson) is { } texts
            ? new Dataset.Texts(texts)
            : throw new DatasetException($"{path} holds none of train-images-idx3-ubyte, base.fbin, base.fvecs, base.bvecs, base.npy and .ndjson (each also with .gz).");
    }

    private static bool IsNamed(string file, string name)
    {
        var plain = DatasetFile.PlainName(file);
        return name.Contains('.') ? plain == name || plain.EndsWith("_" + name, StringComparison.Ordinal) : plain.StartsWith(name, StringComparison.Ordinal);
    }

    private static bool IsNdjson(string file) => DatasetFile.PlainName(file) is var name && (name.EndsWith(".ndjson", StringComparison.Ordinal) || name.EndsWith(".jsonl", StringComparison.Ordinal));
}
