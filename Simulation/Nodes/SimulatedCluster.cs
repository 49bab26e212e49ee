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
    private readonly GrainNetwork? _network;
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
            CheckpointDeletedRows = world.Chance.Next(2) == 0 ? 4 : ShardLimits.CheckpointDeletedRowsDefault,
            CompactionSizeBytesMax = world.Chance.Next(3) == 0 ? ShardLimits.CheckpointSizeBytesMin : ShardLimits.CompactionSizeBytesDefault,
            GarbageGrace = TimeSpan.FromSeconds(Math.Pow(10, (world.Chance.NextDouble() * 3) - 1.5)),
            ScrubInterval = TimeSpan.FromSeconds(world.Chance.Next(3) * 5),
            LinkSliceRows = 4,
            Log = new ShardLogOptions
            {
                LogSizeBytes = 1L << world.Chance.Next(12, 16),
                AppendCount = world.Chance.Next(4, 40),
                AttemptTimeout = TimeSpan.FromSeconds(2),
                OperationTimeout = TimeSpan.FromSeconds(10),
            },
        };
        _network = world.Chance.Next(2) == 0 ? null : new GrainNetwork(world, faults, index => _nodes[index]);
        for (var i = 0; i < nodeCount; i++)
            Begin(i);
        world.BeforeDecision(Strike);
    }

    public int Count => _nodes.Length;

    /// <summary>A node for a client to go to: any, where nodes pass calls on to each other, else mostly where the others go too.</summary>
    public SimulatedNode? Pick(Random chance) =>
        _nodes[_network is not null || chance.Next(12) == 0 ? chance.Next(_nodes.Length) : _favourite];

    /// <summary>All nodes run, reach the store and agree on the time, and nothing befalls them any more.</summary>
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
            node.Process.Clock.Offset = TimeSpan.Zero;
            node.View.UnionWith(Enumerable.Range(0, _nodes.Length));
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
        var node = new SimulatedNode(_world, name, _store, _faults, _options, _network);
        _nodes[index] = node;
        _world.Note($"{name} starts");
        node.View.UnionWith(Enumerable.Range(0, _nodes.Length).Where(i => i == index || _nodes[i] is not null));
        Tell(index, isAlive: true);
    }

    /// <summary>The other nodes learn of a start or an end, each in its own time.</summary>
    private void Tell(int index, bool isAlive)
    {
        foreach (var other in _nodes.OfType<SimulatedNode>().Where(other => other != _nodes[index]))
        {
            _world.After(_faults.IsOver ? TimeSpan.Zero : _faults.Span(0.005, 10), other.Process, "a node hears of another", () =>
            {
                if (isAlive)
                    other.View.Add(index);
                else if (_nodes[index] is null)
                    other.View.Remove(index);
            });
        }
    }

    private void MisjudgeANode()
    {
        if (_nodes[_world.Chance.Next(_nodes.Length)] is not { View.Count: > 1 } node)
            return;
        var index = node.View.ElementAt(_world.Chance.Next(node.View.Count));
        if (_nodes[index] == node)
            return;
        node.View.Remove(index);
        _world.Note($"{node.Process.Name} takes node {index} for dead");
        _world.After(_faults.Span(0.05, 20), node.Process, "a node hears of another", () => node.View.Add(index));
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
            MisjudgeANode();
        }

        var index = _world.Chance.Next(_nodes.Length);
        if (_nodes[index] is not { } node)
            return;
        if (_faults.Strikes(FaultKind.Crash))
        {
            _world.Note($"{node.Process.Name} crashes");
            node.Process.End();
            _nodes[index] = null;
            Tell(index, isAlive: false);
            BeginLater(index);
        }
        else if (_faults.Strikes(FaultKind.Restart))
        {
            _world.Note($"{node.Process.Name} stops");
            _nodes[index] = null;
            Tell(index, isAlive: false);
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
