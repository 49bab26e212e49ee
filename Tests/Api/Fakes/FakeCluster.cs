using System.Buffers.Binary;
using System.Globalization;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Tests.Api.Fakes;

/// <summary>A whole cluster in a dictionary: what the edge sees of one, with hooks to make it fail.</summary>
internal sealed partial class FakeCluster : IDatabaseCatalog, IVectorStore, IQueryPlanner, IClusterInfo, IReadiness, IDatabaseSnapshots
{
    private readonly Lock _turn = new();
    private readonly SortedDictionary<string, FakeDatabase> _databases = new(StringComparer.Ordinal);
    private ulong _sequence;

    /// <summary>Runs before every write; may throw or wait.</summary>
    public Func<IReadOnlyList<VectorWrite>, CancellationToken, Task> BeforeWrite { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Answers writes in place of storing them; null stores them.</summary>
    public Func<IReadOnlyList<VectorWrite>, IReadOnlyList<WriteItemResult>>? Answer { get; set; }

    /// <summary>Runs before every search; may throw or wait.</summary>
    public Func<SearchQuery, CancellationToken, Task> BeforeSearch { get; set; } = (_, _) => Task.CompletedTask;

    public ReadinessReport Readiness { get; set; } = new([new ReadinessCheck("storage", true)]);

    public JadeException? ClusterProblem { get; set; }

    public IReadOnlyList<int> MissingShards { get; set; } = [];

    public SearchQuery? LastSearch { get; private set; }

    public ReadOptions? LastRead { get; private set; }

    public WriteOptions? LastWrite { get; private set; }

    /// <summary>Sizes of the batches that were written, in order.</summary>
    public List<int> WrittenBatches { get; } = [];

    /// <summary>How many vectors each read asked for, in order.</summary>
    public List<int> ReadSizes { get; } = [];

    public List<string?> RequestIds { get; } = [];

    public IReadOnlyList<string> IdsIn(string databaseId) => [.. _databases[databaseId].Vectors.Keys];

    public VectorRecord? Stored(string databaseId, string id) => _databases[databaseId].Vectors.GetValueOrDefault(id);

    public Task<DatabaseDescription> CreateAsync(DatabaseSettings settings, CancellationToken cancellation)
    {
        lock (_turn)
        {
            RefuseTaken(settings.Name, null);
            var id = string.Create(CultureInfo.InvariantCulture, $"db_{_databases.Count:D26}");
            var now = new DateTimeOffset(2026, 5, 4, 9, 30, 0, TimeSpan.Zero);
            var description = new DatabaseDescription
            {
                Id = id,
                Settings = settings,
                State = DatabaseState.Active,
                ShardMap = new ShardMap { Version = 1, Ranges = [new ShardRange(0, ulong.MaxValue, 0)] },
                CreatedAt = now,
                UpdatedAt = now,
            };
            _databases.Add(id, new FakeDatabase(description));
            return Task.FromResult(description);
        }
    }

    public Task<DatabaseDescription> GetAsync(string databaseId, CancellationToken cancellation) => Task.FromResult(Find(databaseId).Description);

    public Task<DatabaseDescription?> FindAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(_databases.Values.Select(database => database.Description).FirstOrDefault(database => database.Settings.Name == name));

    public Task<DatabasePage> ListAsync(string? afterId, int offset, int limit, CancellationToken cancellation)
    {
        var rest = _databases.Values.Select(database => database.Description).Where(database => string.CompareOrdinal(database.Id, afterId) > 0).Skip(offset).ToArray();
        DatabaseDescription[] page = [.. rest.Take(limit)];
        return Task.FromResult(new DatabasePage(page, _databases.Count, page.Length < rest.Length ? page[^1].Id : null, []));
    }

    public Task<DatabaseDescription> UpdateAsync(string databaseId, DatabaseChanges changes, CancellationToken cancellation)
    {
        var database = Find(databaseId);
        if (changes.Name is not null)
            RefuseTaken(changes.Name, databaseId);
        var settings = database.Description.Settings;
        database.Description = database.Description with
        {
            Settings = settings with
            {
                Name = changes.Name ?? settings.Name,
                Description = changes.Description ?? settings.Description,
                EfSearch = changes.EfSearch ?? settings.EfSearch,
                Backups = changes.Backups ?? settings.Backups,
            },
        };
        return Task.FromResult(database.Description);
    }

    public Task DeleteAsync(string databaseId, CancellationToken cancellation)
    {
        Find(databaseId);
        _databases.Remove(databaseId);
        return Task.CompletedTask;
    }

    public Task<DatabaseStatus> GetStatusAsync(string databaseId, CancellationToken cancellation)
    {
        var database = Find(databaseId);
        return Task.FromResult(new DatabaseStatus
        {
            Description = database.Description,
            Shards = [new ShardStatus { Shard = 0, VectorCount = database.Vectors.Count, StorageBytes = 4096, Node = "node-1", Epoch = 1, Sequence = _sequence, Memory = [new MemoryShare("vectors", 100, 21), new MemoryShare("links", 7, 0)], Compaction = new BuildStatus(3, 8) }],
        });
    }

    public async Task<DatabaseWriteReply> WriteAsync(
        string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, CancellationToken cancellation)
    {
        await BeforeWrite(items, cancellation);
        var database = Find(databaseId);
        if (Answer is not null)
            return new DatabaseWriteReply(Answer(items), "");
        lock (_turn)
        {
            LastWrite = options;
            WrittenBatches.Add(items.Count);
            RequestIds.Add(options.RequestId);
            return new DatabaseWriteReply([.. items.Select(item => Apply(database, item))], string.Create(CultureInfo.InvariantCulture, $"p{_sequence}"));
        }
    }

    Task<IReadOnlyList<VectorRecord?>> IVectorStore.GetAsync(
        string databaseId, IReadOnlyList<string> ids, ReadOptions options, CancellationToken cancellation)
    {
        var database = Find(databaseId);
        LastRead = options;
        ReadSizes.Add(ids.Count);
        return Task.FromResult<IReadOnlyList<VectorRecord?>>([.. ids.Select(id => Show(database.Vectors.GetValueOrDefault(id), options))]);
    }

    public Task<VectorPage> ListAsync(
        string databaseId, long offset, int limit, string? cursor, ReadOptions options, CancellationToken cancellation)
    {
        var database = Find(databaseId);
        LastRead = options;
        ReadSizes.Add(limit);
        var after = cursor is null ? 0 : ulong.Parse(cursor, CultureInfo.InvariantCulture);
        var rest = database.Vectors.Values.OrderBy(vector => vector.Version).Where(vector => vector.Version > after).Skip((int)offset).ToList();
        var page = rest.Take(limit).Select(vector => Show(vector, options)!).ToList();
        var next = rest.Count > page.Count ? page[^1].Version.ToString(CultureInfo.InvariantCulture) : null;
        return Task.FromResult(new VectorPage(page, database.Vectors.Count, next));
    }

    public async Task<SearchReply> SearchAsync(string databaseId, SearchQuery query, CancellationToken cancellation)
    {
        LastSearch = query;
        await BeforeSearch(query, cancellation);
        var database = Find(databaseId);
        var hits = database.Vectors.Values
            .Select(vector => Score(vector, query))
            .Where(hit => query.Threshold is not { } least || hit.Similarity >= least)
            .OrderByDescending(hit => hit.Similarity).ThenBy(hit => hit.Id, StringComparer.Ordinal)
            .Take(query.TopK).ToList();
        var explain = new ShardExplain { Shard = 0, Strategy = "exact", DistancesComputed = database.Vectors.Count, VectorCount = database.Vectors.Count };
        return new SearchReply(hits, [explain], MissingShards);
    }

    public Task<ClusterView> GetViewAsync(CancellationToken cancellation) => ClusterProblem is not null
        ? Task.FromException<ClusterView>(ClusterProblem)
        : Task.FromResult(new ClusterView { Master = "node-1", Nodes = [new ClusterNode { Name = "node-1", Status = "active" }] });

    public Task<ReadinessReport> CheckAsync(CancellationToken cancellation) => Task.FromResult(Readiness);

    private FakeDatabase Find(string databaseId) =>
        _databases.GetValueOrDefault(databaseId) ?? throw new JadeException("not_found", $"There is no database '{databaseId}'.");

    private void RefuseTaken(string name, string? owner)
    {
        if (_databases.Values.Any(database => database.Description.Settings.Name == name && database.Description.Id != owner))
            throw new JadeException("conflict", $"The name '{name}' is taken.");
    }

    private WriteItemResult Apply(FakeDatabase database, VectorWrite item)
    {
        var current = database.Vectors.GetValueOrDefault(item.Id);
        if (item.IfVersion is { } wanted && wanted != (current?.Version ?? 0))
            return new WriteItemResult { Status = WriteStatus.VersionConflict, Version = current?.Version ?? 0 };
        if (current is null && (item.MustExist || item.Kind == WriteKind.Delete))
            return new WriteItemResult { Status = WriteStatus.NotFound };
        var version = ++_sequence;
        if (item.Kind == WriteKind.Delete)
        {
            database.Vectors.Remove(item.Id);
            return new WriteItemResult { Status = WriteStatus.Deleted, Version = version };
        }

        database.Vectors[item.Id] = new VectorRecord { Id = item.Id, Values = item.Values, Metadata = item.Metadata, Text = item.Text, Version = version };
        return new WriteItemResult { Status = current is null ? WriteStatus.Created : WriteStatus.Replaced, Version = version };
    }

    private static VectorRecord? Show(VectorRecord? vector, ReadOptions options) => vector is null ? null : vector with
    {
        Values = options.IncludeValues ? vector.Values : null,
        Metadata = options.IncludeMetadata ? vector.Metadata : null,
    };

    private static SearchHit Score(VectorRecord vector, SearchQuery query)
    {
        float dot = 0;
        float a = 0;
        float b = 0;
        for (var at = 0; at < query.Query.Length; at += sizeof(float))
        {
            var x = BinaryPrimitives.ReadSingleLittleEndian(query.Query.AsSpan(at));
            var y = BinaryPrimitives.ReadSingleLittleEndian(vector.Values.AsSpan(at));
            (dot, a, b) = (dot + (x * y), a + (x * x), b + (y * y));
        }

        var similarity = a == 0 || b == 0 ? 0 : dot / (MathF.Sqrt(a) * MathF.Sqrt(b));
        return new SearchHit
        {
            Id = vector.Id,
            Similarity = similarity,
            Distance = 1 - similarity,
            Version = vector.Version,
            Values = query.Read.IncludeValues ? vector.Values : null,
            Metadata = query.Read.IncludeMetadata ? vector.Metadata : null,
            Text = vector.Text,
        };
    }

    private sealed class FakeDatabase(DatabaseDescription description)
    {
        public DatabaseDescription Description { get; set; } = description;

        public SortedDictionary<string, VectorRecord> Vectors { get; } = new(StringComparer.Ordinal);
    }
}
