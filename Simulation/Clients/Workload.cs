using System.Globalization;
using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Clients;

/// <summary>What the clients of a run share: the database, the keys, and the history they make.</summary>
internal sealed class Workload(SimulatedWorld world)
{
    private readonly List<WriteOperation>[] _writes = [[], [], [], []];
    private readonly List<ReadOperation>[] _reads = [[], [], [], []];
    private int _numbers;
    private int _tags;

    public Random Chance { get; } = new(world.Chance.Next());

    public DatabaseDescription Database { get; set; } = null!; // set before the first client starts

    public int KeyCount { get; } = world.Chance.Next(3, 20);

    /// <summary>Operations that have ended, with or without success.</summary>
    public int EndedCount { get; private set; }

    /// <summary>Operations whose outcome is known to their client.</summary>
    public int AnsweredCount { get; private set; }

    /// <summary>Answers other than success, by code.</summary>
    public SortedDictionary<string, int> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>What was asked for and done, beside operations on vectors.</summary>
    public SortedDictionary<string, int> Done { get; } = new(StringComparer.Ordinal)
    {
        ["compactions asked for"] = 0,
        ["snapshots"] = 0,
        ["snapshots let go"] = 0,
        ["restores"] = 0,
        ["restores to a moment"] = 0,
        ["restores of a file"] = 0,
        ["branches"] = 0,
        ["reads of copies"] = 0,
    };

    /// <summary>Writes that their clients have given up; somebody must find out in the end.</summary>
    public Queue<PendingRequest> Abandoned { get; } = new();

    public Moment Now => new(world.Step, world.Now);

    public int ShardCount => Database.ShardMap.Ranges.Count;

    public int NextTag() => ++_tags;

    public int NextNumber() => ++_numbers;

    public string RandomKey() => "k" + Chance.Next(KeyCount).ToString(CultureInfo.InvariantCulture);

    public int ShardOf(string key) => Grains.Databases.ShardMaps.ShardOf(Database.ShardMap, key);

    public void Add(int shard, WriteOperation write) => _writes[shard].Add(write);

    public void Add(int shard, ReadOperation read)
    {
        read.Ended = Now;
        AddEnded(shard, read);
    }

    public void AddEnded(int shard, ReadOperation read) => _reads[shard].Add(read);

    public void Did(string what) => Done[what]++;

    public void Count(string? refusal)
    {
        EndedCount++;
        if (refusal is null)
            AnsweredCount++;
        else
            Refusals[refusal] = Refusals.GetValueOrDefault(refusal) + 1;
    }

    /// <summary>Checks everything that was seen.</summary>
    /// <exception cref="ViolationException">A promise was broken.</exception>
    public void Check()
    {
        for (var shard = 0; shard < ShardCount; shard++)
        {
            foreach (var write in _writes[shard].Where(w => w.Fate == WriteFate.Unknown))
                throw new ViolationException($"With the store well again its fate could not be found out:\n{write}");
            new ShardChecker(_writes[shard], _reads[shard]).Check();
            KeyHistories.Check(_writes[shard], _reads[shard]);
        }
    }
}
