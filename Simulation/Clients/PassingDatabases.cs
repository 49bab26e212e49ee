using System.Globalization;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;

namespace JadeVector.Simulation.Clients;

/// <summary>Databases that are created, written to and deleted while the run goes on. Once deleted they are gone, whoever comes late.</summary>
internal sealed class PassingDatabases(NodeCalls calls, Workload workload)
{
    private const int FinalAttemptsMax = 30;

    private readonly ControlRequests _control = new(calls, workload);
    private readonly List<string> _deleted = [];
    private readonly List<string> _leaving = [];
    private int _count;
    private int _requests;

    public async Task<bool> RunAsync(Func<bool> isOver)
    {
        while (!isOver())
        {
            await calls.PauseAsync(calls.Faults.Span(0.02, 2));
            var name = string.Create(CultureInfo.InvariantCulture, $"passing-{_count++}");
            var settings = new DatabaseSettings { Name = name, Dimension = SimulatedVector.Dimension, Index = IndexKind.Flat };
            var created = await _control.TryAsync((node, cancellation) => node.Databases.CreateAsync(settings, cancellation));
            if (created.Answer is not { } database)
                continue;
            await WriteAsync(database.Id);
            _leaving.Add(database.Id);
            await DeleteAsync(database.Id);
            await WriteAsync(database.Id); // too late, or to be swept away with the rest
        }

        return true;
    }

    /// <summary>With all well again: what was to be deleted goes, and nothing of it comes back.</summary>
    /// <exception cref="ViolationException">Something did, or cannot be deleted.</exception>
    public async Task EndAsync()
    {
        foreach (var id in _leaving.ToArray())
        {
            for (var attempt = 0; attempt < FinalAttemptsMax && !await DeleteAsync(id); attempt++)
                await calls.PauseAsync(TimeSpan.FromSeconds(1));
            if (_leaving.Contains(id))
                throw new ViolationException($"With all well again database {id} cannot be deleted.");
        }

        foreach (var id in _deleted)
            await WriteAsync(id);
    }

    /// <summary>Another database was deleted: nothing of it may come back either.</summary>
    public void AddDeleted(string id) => _deleted.Add(id);

    /// <returns>Whether it is known to be gone.</returns>
    private async Task<bool> DeleteAsync(string id)
    {
        if (await _control.TryAsync((node, cancellation) => node.Databases.DeleteAsync(id, cancellation)) is not (null or "not_found" or "gone"))
            return false;
        _leaving.Remove(id);
        _deleted.Add(id);
        return true;
    }

    /// <summary>Straight to the shard, as somebody does who does not know yet that it is gone.</summary>
    private async Task WriteAsync(string id)
    {
        VectorWrite[] items = [new() { Kind = WriteKind.Upsert, Id = "v", Values = SimulatedVector.Bytes(1), Metadata = SimulatedVector.Metadata(1) }];
        var isGone = _deleted.Contains(id);
        var (answer, _) = await _control.TryAsync((node, _) => node.CallShardAsync(new ShardAddress(id, 0), shard => shard.Write(new ShardWrite
        {
            MapVersion = 1,
            RequestId = string.Create(CultureInfo.InvariantCulture, $"late-{_requests++}"), // a known one would get its first answer again
            Items = items,
            Deadline = node.Process.Clock.GetUtcNow() + TimeSpan.FromSeconds(5),
        })));
        if (answer is not null && isGone)
            throw new ViolationException($"Database {id} was deleted, and a write to it was acknowledged.");
    }
}
