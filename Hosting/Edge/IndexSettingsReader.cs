using JadeVector.Engine.Ivf;
using JadeVector.Engine.Lsh;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>Checks what a client says about the index of a database: each kind has parameters of its own, and takes no others.</summary>
internal sealed class IndexSettingsReader(LimitOptions limits)
{
    private const int LinksMin = 2;
    private const int LinksMax = 128;
    private const int EfConstructionMin = 4;
    private const int EfConstructionMax = 10_000;
    private const int QuantizedDimensionMin = 64;

    /// <summary>Settings with the index that a request asks for.</summary>
    public DatabaseSettings With(DatabaseSettings settings, string? type, IndexParameters? parameters)
    {
        parameters ??= new IndexParameters();
        var kind = Kind(type);
        RefuseOthers(parameters, kind);
        var quantization = QuantizationOf(parameters.Quantization, kind, settings.Dimension);
        if (parameters.PqComponents is not null && quantization is not Quantization.Product)
            throw Refuse.Invalid("indexParameters.pqComponents", "is for 'pq' quantization.");
        return settings with
        {
            Index = kind,
            Quantization = quantization,
            M = Number("M", parameters.M, LinksMin, LinksMax) ?? settings.M,
            EfConstruction = Number("efConstruction", parameters.EfConstruction, EfConstructionMin, EfConstructionMax) ?? settings.EfConstruction,
            EfSearch = EfSearch(parameters) ?? settings.EfSearch,
            Lists = Number("nlist", parameters.Lists, 0, IvfLimits.ListCountMax) ?? settings.Lists,
            CodeComponents = Number("pqComponents", parameters.PqComponents, 1, IvfLimits.CodeComponentsMax) ?? settings.CodeComponents,
            Tables = Number("tables", parameters.Tables, LshLimits.TablesMin, LshLimits.TablesMax) ?? settings.Tables,
            Functions = Number("hashFunctions", parameters.HashFunctions, 0, LshLimits.FunctionsMax) ?? settings.Functions,
            Probes = Probes(parameters) ?? settings.Probes,
            Rescore = Rescore(parameters) ?? settings.Rescore,
        };
    }

    /// <summary>What may change later, from a request whose other fields repeat what is.</summary>
    public DatabaseChanges Changes(string? type, IndexParameters? parameters, DatabaseSettings current)
    {
        parameters ??= new IndexParameters();
        RefuseOthers(parameters, current.Index);
        Same("indexType", type is null ? current.Index : Kind(type), current.Index);
        Same("indexParameters.M", parameters.M, current.M);
        Same("indexParameters.efConstruction", parameters.EfConstruction, current.EfConstruction);
        Same("indexParameters.nlist", parameters.Lists, current.Lists);
        Same("indexParameters.pqComponents", parameters.PqComponents, current.CodeComponents);
        Same("indexParameters.tables", parameters.Tables, current.Tables);
        Same("indexParameters.hashFunctions", parameters.HashFunctions, current.Functions);
        if (parameters.Quantization is { } quantization)
            Same("indexParameters.quantization", QuantizationOf(quantization, current.Index, current.Dimension), current.Quantization);
        return new DatabaseChanges { EfSearch = EfSearch(parameters), Probes = Probes(parameters), Rescore = Rescore(parameters) };
    }

    /// <summary>The parameters that the index of a database has.</summary>
    public static IndexParameters Describe(DatabaseSettings settings) => settings.Index switch
    {
        IndexKind.Ivf => new IndexParameters
        {
            Lists = settings.Lists,
            Probes = settings.Probes,
            Rescore = settings.Rescore,
            Quantization = DatabaseNames.Of(settings.Quantization),
            PqComponents = settings.Quantization is Quantization.Product ? settings.CodeComponents : null,
        },
        IndexKind.Lsh => new IndexParameters { Tables = settings.Tables, HashFunctions = settings.Functions, Probes = settings.Probes },
        _ => new IndexParameters
        {
            M = settings.M,
            EfConstruction = settings.EfConstruction,
            EfSearch = settings.EfSearch,
            Quantization = DatabaseNames.Of(settings.Quantization),
        },
    };

    /// <summary>What is fixed at creation may only repeat itself.</summary>
    public static void Same<T>(string field, T? wanted, T current)
        where T : struct
    {
        if (wanted is { } value && !EqualityComparer<T>.Default.Equals(value, current))
            throw Refuse.NotSupported(field, "is fixed when the database is created.");
    }

    private static IndexKind Kind(string? type) => type?.ToUpperInvariant() switch
    {
        null or "" or "HNSW" => IndexKind.Hnsw,
        "FLAT" => IndexKind.Flat,
        "IVF" => IndexKind.Ivf,
        "LSH" => IndexKind.Lsh,
        _ => throw Refuse.Invalid("indexType", "must be 'HNSW', 'IVF', 'LSH' or 'FLAT'."),
    };

    private static void RefuseOthers(IndexParameters parameters, IndexKind kind)
    {
        // A flat index takes those of a graph, which clients send by default, and needs none.
        OnlyFor("M", parameters.M, kind, IndexKind.Hnsw, IndexKind.Flat);
        OnlyFor("efConstruction", parameters.EfConstruction, kind, IndexKind.Hnsw, IndexKind.Flat);
        OnlyFor("efSearch", parameters.EfSearch, kind, IndexKind.Hnsw, IndexKind.Flat);
        OnlyFor("nlist", parameters.Lists, kind, IndexKind.Ivf);
        OnlyFor("pqComponents", parameters.PqComponents, kind, IndexKind.Ivf);
        OnlyFor("rescore", parameters.Rescore, kind, IndexKind.Ivf);
        OnlyFor("tables", parameters.Tables, kind, IndexKind.Lsh);
        OnlyFor("hashFunctions", parameters.HashFunctions, kind, IndexKind.Lsh);
        OnlyFor("nprobe", parameters.Probes, kind, IndexKind.Ivf, IndexKind.Lsh);
    }

    private static void OnlyFor(string name, int? value, IndexKind kind, params ReadOnlySpan<IndexKind> kinds)
    {
        if (value is not null && !kinds.Contains(kind))
            throw Refuse.NotSupported("indexParameters." + name, $"is for {DatabaseNames.Of(kinds[0])}; this index is {DatabaseNames.Of(kind)}.");
    }

    private static Quantization QuantizationOf(string? name, IndexKind index, int dimension)
    {
        const string Field = "indexParameters.quantization";
        var quantization = name?.ToLowerInvariant() switch
        {
            // Short vectors are hardly longer than their bytes.
            null or "" => index switch
            {
                IndexKind.Hnsw => dimension >= QuantizedDimensionMin ? Quantization.Int8 : Quantization.None,
                IndexKind.Ivf => Quantization.Product,
                _ => Quantization.None,
            },
            "none" => Quantization.None,
            "int8" => Quantization.Int8,
            "1bit" => Quantization.OneBit,
            "pq" => Quantization.Product,
            _ => throw Refuse.Invalid(Field, "must be 'none', 'int8', '1bit' or 'pq'."),
        };
        return (index, quantization) switch
        {
            (_, Quantization.None) or (IndexKind.Hnsw, not Quantization.Product) or (IndexKind.Ivf, Quantization.Product) => quantization,
            (IndexKind.Hnsw, _) => throw Refuse.NotSupported(Field, "of an HNSW index is 'none', 'int8' or '1bit'; 'pq' is for IVF."),
            (IndexKind.Ivf, _) => throw Refuse.NotSupported(Field, "of an IVF index is 'none' or 'pq'."),
            _ => throw Refuse.NotSupported(Field, $"is for HNSW and IVF; {DatabaseNames.Of(index)} compares the vectors."),
        };
    }

    private int? EfSearch(IndexParameters parameters) => parameters.EfSearch is { } ef
        ? FieldRules.Between("indexParameters.efSearch", ef, 1, limits.EfSearch, nameof(LimitOptions.EfSearch))
        : null;

    private int? Probes(IndexParameters parameters) => parameters.Probes is { } probes
        ? FieldRules.Between("indexParameters.nprobe", probes, 1, limits.Probes, nameof(LimitOptions.Probes))
        : null;

    private int? Rescore(IndexParameters parameters) => parameters.Rescore is { } rescore
        ? FieldRules.Between("indexParameters.rescore", rescore, IvfLimits.RescoreMin, limits.Rescore, nameof(LimitOptions.Rescore))
        : null;

    private static int? Number(string name, int? value, int min, int max) =>
        value is { } number ? FieldRules.Between("indexParameters." + name, number, min, max, char.ToUpperInvariant(name[0]) + name[1..]) : null;
}
