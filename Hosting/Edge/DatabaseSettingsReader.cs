using System.Text.Json;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>Checks what a client says about a database and turns it into settings.</summary>
internal sealed class DatabaseSettingsReader(LimitOptions limits, TextEmbedder embedder)
{
    private const int NameCharactersMax = 128;
    private const int DescriptionCharactersMax = 1000;
    private const int CopiesMax = 5;
    private const int BackupEverySecondsMax = 31_536_000;
    private const int BackupKeepDefault = 7;
    private const int BackupKeepMax = 50;

    private readonly IndexSettingsReader _index = new(limits);

    public DatabaseSettings Settings(CreateDatabaseRequest request)
    {
        if (request.VectorDimension is not { } dimension)
            throw Refuse.Missing("vectorDimension", "the number of components of every vector.");
        OnlyEmpty(request.MetadataSchema, "metadataSchema");
        OnlyEmpty(request.RetentionPolicy, "retentionPolicy");
        OnlyEmpty(request.AccessControl, "accessControl");
        CheckStrategy(request.Sharding);
        var settings = new DatabaseSettings
        {
            Name = Name(request.Name ?? throw Refuse.Missing("name", $"a string of 1 to {NameCharactersMax} characters.")),
            Description = Description(request.Description) ?? "",
            Dimension = FieldRules.Between("vectorDimension", dimension, 1, limits.Dimension, nameof(LimitOptions.Dimension)),
            Metric = Metric(request.Metric),
            ShardCount = FieldRules.Between("sharding.numShards", request.Sharding?.NumShards ?? 1, 1, limits.Shards, nameof(LimitOptions.Shards)),
            EmbeddingModel = EmbeddingModel(request.EmbeddingModels, dimension),
            Backups = Backups(request.Backups) is { EverySeconds: not BackupSchedule.Off } schedule ? schedule : null,
        };
        settings = _index.With(settings, request.IndexType, request.IndexParameters);
        return Copies(request.Replication) is { } copies ? settings with { ReplicationFactor = copies } : settings;
    }

    public DatabaseChanges Changes(UpdateDatabaseRequest request, DatabaseSettings current)
    {
        OnlyEmpty(request.MetadataSchema, "metadataSchema");
        OnlyEmpty(request.RetentionPolicy, "retentionPolicy");
        OnlyEmpty(request.AccessControl, "accessControl");
        if (request.AutoScaling == true)
            throw Refuse.NotSupported("autoScaling", "is not built yet; leave it out.");
        CheckStrategy(request.Sharding);
        IndexSettingsReader.Same("vectorDimension", request.VectorDimension, current.Dimension);
        IndexSettingsReader.Same("metric", request.Metric is null ? current.Metric : Metric(request.Metric), current.Metric);
        IndexSettingsReader.Same("sharding.numShards", request.Sharding?.NumShards, current.ShardCount);
        return _index.Changes(request.IndexType, request.IndexParameters, current) with
        {
            Name = request.Name is null ? null : Name(request.Name),
            Description = Description(request.Description),
            ReplicationFactor = Copies(request.Replication),
            Backups = Backups(request.Backups),
        };
    }

    private static SimilarityMetric Metric(string? metric) => metric?.ToLowerInvariant() switch
    {
        null or "" or "cosine" => SimilarityMetric.Cosine,
        "euclidean" => SimilarityMetric.Euclidean,
        "dot" => SimilarityMetric.Dot,
        _ => throw Refuse.Invalid("metric", "must be 'cosine', 'euclidean' or 'dot'."),
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
        return replication?.Factor is { } factor ? FieldRules.Between("replication.factor", factor, 1, CopiesMax, "ReplicationFactor") : null;
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
                : FieldRules.Between("backups.everySeconds", every, limits.BackupEverySecondsMin, BackupEverySecondsMax, "BackupEverySeconds"),
            Keep = FieldRules.Between("backups.keep", backups.Keep ?? BackupKeepDefault, 1, BackupKeepMax, "BackupKeep"),
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
}
