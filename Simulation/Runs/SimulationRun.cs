using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.Clients;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.History;
using JadeVector.Simulation.Nodes;
using JadeVector.Simulation.Storage;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Runs;

/// <summary>One run: nodes and clients begin, faults strike, all is healed, what was seen is checked.</summary>
internal sealed class SimulationRun
{
    private const int NodesMin = 2, NodesMax = 3;
    private const int ClientsMin = 2, ClientsMax = 5;
    private const int FinalAttemptsMax = 30;

    private readonly RunSettings _settings;
    private readonly SimulatedWorld _world;
    private readonly FaultMix _faults;
    private readonly SimulatedStore _store;
    private readonly Workload _workload;
    private SimulatedCluster _cluster = null!;
    private NodeCalls _calls = null!;
    private Task<bool>? _story;

    private SimulationRun(RunSettings settings)
    {
        _settings = settings;
        _world = new SimulatedWorld(settings.Seed) { Trace = settings.Trace };
        _faults = new FaultMix(new Random(_world.Chance.Next()), settings.Without, settings.Often) { IsOver = true };
        _store = new SimulatedStore(_world, settings.Breach);
        _workload = new Workload(_world);
    }

    public static RunReport Execute(RunSettings settings)
    {
        var run = new SimulationRun(settings);
        using var store = run._store;
        string? violation = null;
        try
        {
            run._world.Run(run.Begin, () => run._story!.IsCompleted || run.TakesTooLong());
            if (!run._story!.IsCompleted)
                throw new ViolationException($"The run does not end: {run._workload.EndedCount} operations after {run._world.Step} decisions.");
            run._story.GetAwaiter().GetResult();
            run._workload.Check();
        }
        catch (Exception found)
        {
            // Whatever else than a refusal comes out of the product is one, too; what happens in the world comes wrapped.
            violation = found is ViolationException || found.InnerException is ViolationException ? (found.InnerException ?? found).Message : found.ToString();
        }

        return new RunReport(
            settings.Seed, run._world.Step, run._workload.EndedCount, run._workload.AnsweredCount, run._world.Now.TotalSeconds, run._world.Fingerprint, violation, run.Counts());
    }

    private Dictionary<string, long> Counts()
    {
        var counts = RunReport.CountsOf(_faults);
        foreach (var (what, count) in _store.Watcher.Counts)
            counts[what] = count;
        foreach (var (what, count) in _workload.Done)
            counts["done: " + what] = count;
        foreach (var (code, count) in _workload.Refusals)
            counts["refusal: " + code] = count;
        return counts;
    }

    private bool TakesTooLong() => _world.Step > 20 * Math.Max(_settings.Steps, 40L * _settings.Operations);

    private void Begin()
    {
        _cluster = new SimulatedCluster(_world, _store, _faults, _world.Chance.Next(NodesMin, NodesMax + 1));
        _calls = new NodeCalls(_world, _cluster, _faults);
        _story = _calls.Process.Start(TellAsync);
    }

    private async Task<bool> TellAsync()
    {
        _workload.Database = await CreateDatabaseAsync();
        _faults.IsOver = false;
        var clients = Enumerable.Range(1, _world.Chance.Next(ClientsMin, ClientsMax + 1)).Select(number => new SimulatedClient(number, _calls, _workload));
        bool IsOver() => _world.Step >= _settings.Steps && _workload.EndedCount >= _settings.Operations;
        var passing = new PassingDatabases(_calls, _workload);
        var keeper = new Keeper(_calls, _workload, passing);
        await Task.WhenAll([.. clients.Select(client => client.RunAsync(IsOver)), passing.RunAsync(IsOver), keeper.RunAsync(IsOver)]);
        _world.Note("all is healed");
        _cluster.Heal();
        await ResolveAsync();
        await ReadAllAsync();
        await keeper.EndAsync();
        await passing.EndAsync();
        return true;
    }

    private async Task<DatabaseDescription> CreateDatabaseAsync()
    {
        var settings = new DatabaseSettings
        {
            Name = "simulated",
            Dimension = SimulatedVector.Dimension,
            Metric = _world.Chance.Next(2) == 0 ? SimilarityMetric.Euclidean : SimilarityMetric.Dot,
            Index = _world.Chance.Next(2) == 0 ? IndexKind.Flat : IndexKind.Hnsw,
            M = 4,
            EfConstruction = 16,
            EfSearch = 4,
            ShardCount = _world.Chance.Next(1, 3),
        };
        return await _calls.CallAsync(_cluster.Pick(_world.Chance)!, node => node.Databases.CreateAsync(settings, CancellationToken.None), TimeSpan.FromMinutes(1));
    }

    /// <summary>Finds out what became of every write that its client has given up.</summary>
    private async Task ResolveAsync()
    {
        while (_workload.Abandoned.TryDequeue(out var request))
        {
            string? why = null;
            for (var attempt = 0; attempt < FinalAttemptsMax && !request.IsEnded; attempt++)
            {
                why = await request.SendAsync(_calls, _cluster.Pick(_world.Chance)!, TimeSpan.FromSeconds(15));
                await _calls.PauseAsync(TimeSpan.FromSeconds(1));
            }

            if (!request.IsEnded)
                throw new ViolationException($"With all well again a write is answered with '{why}' ({request.Problem}), {FinalAttemptsMax} times over:\n{request}");
        }
    }

    /// <summary>Everything is read once more, strongly, on nodes that know nothing yet.</summary>
    private async Task ReadAllAsync()
    {
        _cluster.CrashAll();
        var reads = new ClientReads("end", _calls, _workload);
        var answered = _workload.AnsweredCount;
        for (var attempt = 0; attempt < FinalAttemptsMax && _workload.AnsweredCount < answered + 2; attempt++)
        {
            answered = _workload.AnsweredCount;
            await reads.ListAsync(Consistency.Strong, 10_000);
            await reads.SearchAsync(Consistency.Strong, new SearchModel(SimulatedVector.Values(1), _workload.Database.Settings.Metric == SimilarityMetric.Dot, 1000, null, true));
        }

        if (_workload.AnsweredCount < answered + 2)
            throw new ViolationException($"With all well again reads are refused: {string.Join(", ", _workload.Refusals)}.");
    }
}
