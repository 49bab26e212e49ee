using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>The control plane of one database. Key: the database id. Never on the path of a read or a write.</summary>
[Alias("jade.IDatabaseGrain")]
[Version(1)]
public interface IDatabaseGrain : IGrainWithStringKey
{
    /// <summary>Takes the name, creates the shards' manifests, becomes active. Repeating it after a failure carries on.</summary>
    [Alias("Create")]
    Task<DatabaseDescription> Create(DatabaseSettings settings);

    /// <summary>Null when there is no such database (any more).</summary>
    [Alias("Get")]
    Task<DatabaseDescription?> Get();

    [Alias("Update")]
    Task<DatabaseDescription> Update(DatabaseChanges changes);

    /// <summary>Fences and removes every shard, then the database. Repeating it after a failure carries on.</summary>
    [Alias("Delete")]
    Task Delete();
}

/// <summary>Names of databases. Key: partition 0 to 255 of XXH64(name).</summary>
[Alias("jade.ICatalogGrain")]
[Version(1)]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>Binds the name to the id; true also when it is bound to that id already, false when to another.</summary>
    [Alias("TryBind")]
    Task<bool> TryBind(string name, string databaseId);

    /// <summary>Frees the name if it is bound to that id.</summary>
    [Alias("Release")]
    Task Release(string name, string databaseId);

    [Alias("Find")]
    Task<string?> Find(string name);

    /// <summary>All ids of this partition.</summary>
    [Alias("List")]
    Task<IReadOnlyList<string>> List();
}
