using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Storage.Witnesses;

/// <summary>
/// The witness files of a directory: one for each process that uses it at the same time. What is in any of them was seen of the store,
/// whoever saw it, so that a process may go on with whichever is free.
/// </summary>
public sealed class WitnessFiles : IWitnessRecords, IDisposable
{
    private const int FilesMax = 64;

    private readonly List<WitnessFile> _files;

    private WitnessFiles(List<WitnessFile> files) => _files = files;

    /// <inheritdoc/>
    public string? Problem => _files.Select(file => file.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>The first that no other process has; made where there is none.</summary>
    /// <exception cref="IOException">None can be opened.</exception>
    /// <exception cref="InvalidDataException">One is something else.</exception>
    public static WitnessFile OpenFree(string directory)
    {
        for (var number = 1; ; number++)
        {
            try
            {
                return WitnessFile.Open(PathOf(directory, number));
            }
            catch (IOException) when (number < FilesMax && File.Exists(PathOf(directory, number)))
            {
                // Another process of this machine has it.
            }
        }
    }

    /// <summary>All that exist, for one who verifies while no node runs.</summary>
    /// <exception cref="IOException">A node runs.</exception>
    /// <exception cref="InvalidDataException">One is something else.</exception>
    public static WitnessFiles OpenAll(string directory)
    {
        var all = new WitnessFiles([]);
        try
        {
            foreach (var path in Enumerable.Range(1, FilesMax).Select(number => PathOf(directory, number)).Where(File.Exists))
                all._files.Add(WitnessFile.Open(path));
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<ShardAddress, ShardSighting> Load()
    {
        var seen = new Dictionary<ShardAddress, ShardSighting>();
        foreach (var (shard, sighting) in _files.SelectMany(file => file.Load()))
            seen[shard] = seen.TryGetValue(shard, out var other) ? other.Or(sighting) : sighting;
        return seen;
    }

    /// <inheritdoc/>
    public void Write(ShardAddress shard, ShardSighting sighting) => _files.ForEach(file => file.Write(shard, sighting));

    /// <inheritdoc/>
    public void Remove(ShardAddress shard) => _files.ForEach(file => file.Remove(shard));

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static string PathOf(string directory, int number) => Path.Combine(directory, $"witness-{number}");
}
