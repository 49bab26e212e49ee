using System.Globalization;
using System.Text.Json;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>Checks what a client says about a database and turns it into settings.</summary>
internal sealed class DatabaseSettingsReader(LimitOptions limits, TextEmbedder embedder)
{
    private const int NameCharactersMax = 128;
    private const int DescriptionCharactersMax = 1000;
    private const int LinksMin = 2;
    private const int LinksMax = 128;
    private const int CopiesMax = 5;
    private const int BackupEverySecondsMax = 31_536_000;
    private const int BackupKeepDefault = 7;
    private const int BackupKeepMax = 50;
    private const int EfConstructionMin = 4;
    private const int EfConstructionMax = 10_000;
    private const int QuantizedDimensionMin = 64;
    private const string FixedAtCreation = "is fixed when the database is created.";

    public DatabaseSettings Settings(CreateDatabaseRequest request)
    {
        if (request.VectorDimension is not { } dimension)
            throw Refuse.Missing("vectorDimension", "the number of components of every vector.");
        OnlyEmpty(request.MetadataSchema, "metadataSchema");
        OnlyEmpty(request.RetentionPolicy, "retentionPolicy");
        OnlyEmpty(request.AccessControl, "accessControl");
        CheckStrategy(request.Sharding);
        var parameters = request.IndexParameters ?? new IndexParameters();
        var defaults = new DatabaseSettings { Name = "", Dimension = 1 };
        dimension = Between("vectorDimension", dimension, 1, limits.Dimension, nameof(LimitOptions.Dimension));
        return new DatabaseSettings
        {
            Name = Name(request.Name ?? throw Refuse.Missing("name", $"a string of 1 to {NameCharactersMax} characters.")),
            Description = Description(request.Description) ?? "",
            Dimension = dimension,
            Metric = Metric(request.Metric),
            Index = Index(request.IndexType),
            M = Between("indexParameters.M", parameters.M ?? defaults.M, LinksMin, LinksMax, "M"),
            EfConstruction = Between(
                "indexParameters.efConstruction", parameters.EfConstruction ?? defaults.EfConstruction, EfConstructionMin, EfConstructionMax, "EfConstruction"),
            EfSearch = EfSearch(parameters) ?? defaults.EfSearch,
            Quantization = QuantizationOf(parameters.Quantization, Index(request.IndexType), dimension),
            ShardCount = Between("sharding.numShards", request.Sharding?.NumShards ?? 1, 1, limits.Shards, nameof(LimitOptions.Shards)),
            EmbeddingModel = EmbeddingModel(request.EmbeddingModels, dimension),
            ReplicationFactor = Copies(request.Replication) ?? defaults.ReplicationFactor,
            Backups = Backups(request.Backups) is { EverySeconds: not BackupSchedule.Off } schedule ? schedule : null,
        };
    }

    public DatabaseChanges Changes(UpdateDatabaseRequest request, DatabaseSettings current)
    {
        OnlyEmpty(request.MetadataSchema, "metadataSchema");
        OnlyEmpty(request.RetentionPolicy, "retentionPolicy");
        OnlyEmpty(request.AccessControl, "accessControl");
        if (request.AutoScaling == true)
            throw Refuse.NotSupported("autoScaling", "is not built yet; leave it out.");
        CheckStrategy(request.Sharding);
        var parameters = request.IndexParameters ?? new IndexParameters();
        Same("vectorDimension", request.VectorDimension ?? current.Dimension, current.Dimension);
        Same("metric", request.Metric is null ? current.Metric : Metric(request.Metric), current.Metric);
        Same("indexType", request.IndexType is null ? current.Index : Index(request.IndexType), current.Index);
        Same("indexParameters.M", parameters.M ?? current.M, current.M);
        Same("indexParameters.efConstruction", parameters.EfConstruction ?? current.EfConstruction, current.EfConstruction);
        if (parameters.Quantization is { } quantization)
            Same("indexParameters.quantization", QuantizationOf(quantization, current.Index, current.Dimension), current.Quantization);
        Same("sharding.numShards", request.Sharding?.NumShards ?? current.ShardCount, current.ShardCount);
        return new DatabaseChanges
        {
            Name = request.Name is null ? null : Name(request.Name),
            Description = Description(request.Description),
            EfSearch = EfSearch(parameters),
            ReplicationFactor = Copies(request.Replication),
            Backups = Backups(request.Backups),
        };
    }

    private int? EfSearch(IndexParameters parameters) => parameters.EfSearch is { } ef
        ? Between("indexParameters.efSearch", ef, 1, limits.EfSearch, nameof(LimitOptions.EfSearch))
        : null;

    private static SimilarityMetric Metric(string? metric) => metric?.ToLowerInvariant() switch
    {
        null or "" or "cosine" => SimilarityMetric.Cosine,
        "euclidean" => SimilarityMetric.Euclidean,
        "dot" => SimilarityMetric.Dot,
        _ => throw Refuse.Invalid("metric", "must be 'cosine', 'euclidean' or 'dot'."),
    };

    private static Quantization QuantizationOf(string? name, IndexKind index, int dimension)
    {
        var quantization = name?.ToLowerInvariant() switch
        {
            // A flat index compares the vectors, and short vectors are hardly longer than their codes.
            null or "" => index is IndexKind.Hnsw && dimension >= QuantizedDimensionMin ? Quantization.Int8 : Quantization.None,
            "none" => Quantization.None,
            "int8" => Quantization.Int8,
            "1bit" => Quantization.OneBit,
            _ => throw Refuse.Invalid("indexParameters.quantization", "must be 'none', 'int8' or '1bit'."),
        };
        return index is IndexKind.Hnsw || quantization is Quantization.None
            ? quantization
            : throw Refuse.NotSupported("indexParameters.quantization", "is for an HNSW index; a FLAT one compares the vectors.");
    }

    private static IndexKind Index(string? type) => type?.ToUpperInvariant() switch
    {
        null or "" or "HNSW" => IndexKind.Hnsw,
        "FLAT" => IndexKind.Flat,
        "IVF" or "LSH" => throw Refuse.NotSupported("indexType", $"'{type}' is not built yet; use 'HNSW' or 'FLAT'."),
        _ => throw Refuse.Invalid("indexType", "must be 'HNSW' or 'FLAT'."),
    };

    /// <summary>What may be a database's name.</summary>
    public static string Name(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw Refuse.Invalid("name", $"is empty; a name has 1 to {NameCharactersMax} characters.");
        if (name.Any(char.IsControl))
            throw Refuse.Invalid("name", "has a control character.");
        return name.Length <= NameCharactersMax ? name : throw Refuse.Limit("name (characters)", "NameCharacters", NameCharactersMax, name.Length);
    }

    private static string? Description(string? description) => description is null || description.Length <= DescriptionCharactersMax
        ? description
        : throw Refuse.Limit("description (characters)", "DescriptionCharacters", DescriptionCharactersMax, description.Length);

    private string? EmbeddingModel(IReadOnlyList<EmbeddingModelSettings>? models, int dimension)
    {
        if (models is null or [])
            return null;
        if (models.Count > 1)
            throw Refuse.NotSupported("embeddingModels", "may have one model; several are not built yet.");
        var model = models[0];
        OnlyEmpty(model.Parameters, "embeddingModels[0].parameters");
        if (model.InputType is not (null or "" or "text"))
            throw Refuse.NotSupported("embeddingModels[0].inputType", "must be 'text'.");
        if (model.OutputDimension is { } output && output != dimension)
            throw Refuse.WrongDimension("embeddingModels[0].outputDimension", dimension, output);
        return embedder.Has(model.Name)
            ? embedder.NameOf(model.Name)
            : throw Refuse.Invalid("embeddingModels[0].name", $"'{model.Name}' is not a model of this node.");
    }

    /// <summary>Copies follow the owner's log, so a write never waits for them: it is as durable as the store is, whatever the factor.</summary>
    private static int? Copies(ReplicationSettings? replication)
    {
        if (replication?.Sync == true)
            throw Refuse.NotSupported("replication.sync", "is not built: copies follow; read with 'consistency=strong' where a read must miss nothing.");
        return replication?.Factor is { } factor ? Between("replication.factor", factor, 1, CopiesMax, "ReplicationFactor") : null;
    }

    private BackupSchedule? Backups(BackupSettings? backups)
    {
        if (backups is null)
            return null;
        var every = backups.EverySeconds ?? throw Refuse.Missing("backups.everySeconds", "seconds from one snapshot to the next, or 0 for none.");
        return new BackupSchedule
        {
            EverySeconds = every == BackupSchedule.Off
                ? every
                : Between("backups.everySeconds", every, limits.BackupEverySecondsMin, BackupEverySecondsMax, "BackupEverySeconds"),
            Keep = Between("backups.keep", backups.Keep ?? BackupKeepDefault, 1, BackupKeepMax, "BackupKeep"),
        };
    }

    private static void CheckStrategy(ShardingSettings? sharding)
    {
        if (sharding?.Strategy is { } strategy && !strategy.Equals("hash", StringComparison.OrdinalIgnoreCase))
        {
            throw strategy.ToLowerInvariant() is "range" or "vector" or "vector-based" or "auto"
                ? Refuse.NotSupported("sharding.strategy", $"'{strategy}' is not built yet; use 'hash'.")
                : Refuse.Invalid("sharding.strategy", "must be 'hash'.");
        }
    }

    private static void OnlyEmpty(JsonElement? value, string field)
    {
        if (value is { } given && !(given.ValueKind == JsonValueKind.Null
            || (given.ValueKind == JsonValueKind.Object && !given.EnumerateObject().Any())
            || (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0)))
            throw Refuse.NotSupported(field, "is not built yet; leave it out.");
    }

    private static int Between(string field, int value, int min, int max, string limitName)
    {
        if (value < min)
            throw Refuse.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be {min} to {max}."));
        return value <= max ? value : throw Refuse.Limit(field, limitName, max, value);
    }

    private static void Same<T>(string field, T wanted, T current)
    {
        if (!EqualityComparer<T>.Default.Equals(wanted, current))
            throw Refuse.NotSupported(field, FixedAtCreation);
    }
}
