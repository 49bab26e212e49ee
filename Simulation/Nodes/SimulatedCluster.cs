using System.Globalization;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Shards;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Storage;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Nodes;

/// <summary>The nodes, and what befalls them.</summary>
internal sealed class SimulatedCluster
{
    private readonly SimulatedWorld _world;
    private readonly SimulatedStore _store;
    private readonly FaultMix _faults;
    private readonly ShardOptions _options;
    private readonly SimulatedNode?[] _nodes;
    private int _lives;
    private int _favourite;

    public SimulatedCluster(SimulatedWorld world, SimulatedStore store, FaultMix faults, int nodeCount)
    {
        _world = world;
        _store = store;
        _faults = faults;
        _nodes = new SimulatedNode?[nodeCount];
        _options = new ShardOptions
        {
            CheckpointSizeBytes = ShardLimits.CheckpointSizeBytesMin,
            CheckpointLogSizeBytes = ShardLimits.CheckpointSizeBytesMin,
            CheckpointRetryDelay = TimeSpan.FromMilliseconds(200),
            CheckpointTimeout = TimeSpan.FromSeconds(10),
            LinkSliceRows = 4,
            Log = new ShardLogOptions
            {
                LogSizeBytes = 1L << world.Chance.Next(12, 16),
                AppendCount = world.Chance.Next(4, 40),
                AttemptTimeout = TimeSpan.FromSeconds(2),
                OperationTimeout = TimeSpan.FromSeconds(10),
            },
        };
        for (var i = 0; i < nodeCount; i++)
            Begin(i);
        world.BeforeDecision(Strike);
    }

    public int Count => _nodes.Length;

    /// <summary>A node for a client to go to: mostly where the others go too.</summary>
    public SimulatedNode? Pick(Random chance) =>
        _nodes[chance.Next(12) == 0 ? chance.Next(_nodes.Length) : _favourite];

    /// <summary>All nodes run and reach the store, and nothing befalls them any more.</summary>
    public void Heal()
    {
        _faults.IsOver = true;
        _store.Heal();
        for (var i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i] is not { } node)
            {
                Begin(i);
                continue;
            }

            node.Store.CutOffUntil = TimeSpan.Zero;
            node.Process.PausedUntil = TimeSpan.Zero;
        }
    }

    /// <summary>All nodes crash, and others begin.</summary>
    public void CrashAll()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            _nodes[i]?.Process.End();
            Begin(i);
        }
    }

    private void Begin(int index)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"n{index}.{++_lives}");
        _nodes[index] = new SimulatedNode(_world, name, _store, _faults, _options);
        _world.Note($"{name} starts");
    }

    private void BeginLater(int index) => _world.After(_faults.Span(0.01, 5), _store.Process, "a node starts", () =>
    {
        if (_nodes[index] is null)
            Begin(index);
    });

    private void Strike()
    {
        _store.Strike(_faults);
        if (_faults.Strikes(FaultKind.DoubleActivation))
        {
            _favourite = _world.Chance.Next(_nodes.Length);
            _world.Note($"clients go to node {_favourite}");
        }

        var index = _world.Chance.Next(_nodes.Length);
        if (_nodes[index] is not { } node)
            return;
        if (_faults.Strikes(FaultKind.Crash))
        {
            _world.Note($"{node.Process.Name} crashes");
            node.Process.End();
            _nodes[index] = null;
            BeginLater(index);
        }
        else if (_faults.Strikes(FaultKind.Restart))
        {
            _world.Note($"{node.Process.Name} stops");
            _nodes[index] = null;
            _ = node.StopAsync();
            BeginLater(index);
        }
        else
        {
            Trouble(node);
        }
    }

    private void Trouble(SimulatedNode node)
    {
        if (_faults.Strikes(FaultKind.Pause))
        {
            node.Process.PausedUntil = _world.Now + _faults.Span(0.01, 30);
            _world.Note($"{node.Process.Name} pauses until {node.Process.PausedUntil.TotalSeconds:F3}");
        }

        if (_faults.Strikes(FaultKind.ClockJump))
        {
            node.Process.Clock.Offset += (_world.Chance.Next(2) == 0 ? 1 : -1) * _faults.Span(0.001, 600);
            _world.Note($"the clock of {node.Process.Name} is wrong by {node.Process.Clock.Offset.TotalSeconds:F3} s");
        }

        if (_faults.Strikes(FaultKind.CutOff))
        {
            node.Store.CutOffUntil = _world.Now + _faults.Span(0.05, 20);
            _world.Note($"{node.Process.Name} is cut off from the store until {node.Store.CutOffUntil.TotalSeconds:F3}");
        }
    }
}
