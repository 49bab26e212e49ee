using System.Globalization;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;

namespace JadeVector.Simulation.Clients;

/// <summary>
/// Keeps states of the database and lets them go, makes other databases of them, branches, compacts. What is made must have, shard by shard, a state
/// that was, whatever becomes of the first database meanwhile.
/// </summary>
internal sealed class Keeper(NodeCalls calls, Workload workload, PassingDatabases passing)
{
    private const int KeptMax = 3, MadeMax = 3;
    private const int FinalAttemptsMax = 60;

    private readonly ControlRequests _control = new(calls, workload);
    private readonly Random _chance = new(workload.Chance.Next());
    private readonly List<Kept> _kept = [];
    private readonly List<Moment> _keepings = []; // when each was asked for, by the number in its label
    private readonly List<MadeDatabase> _made = [];
    private readonly List<string> _forgotten = []; // names of databases that may or may not have been made
    private int _names;

    /// <summary>A snapshot: the state of some moment between the two.</summary>
    private sealed record Kept(string Id, IReadOnlyList<ulong> Sequences, Moment Began, Moment Ended);

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task<bool> RunAsync(Func<bool> isOver)
    {
        while (!isOver())
        {
            await calls.PauseAsync(calls.Faults.Span(0.005, 0.5));
            await (_chance.Next(16) switch
            {
                < 3 => CompactAsync(_made.Count > 0 && _chance.Next(4) == 0 ? _made[_chance.Next(_made.Count)].Id : null),
                < 6 => KeepAsync(),
                6 => LookAsync(),
                7 => LetGoAsync(),
                < 10 => MakeAsync(),
                10 => DropAsync(),
                _ => VisitAsync(),
            });
        }

        return true;
    }

    /// <summary>With all well again: what is being made ends, has what it must have, and can be deleted; so can what is kept.</summary>
    /// <exception cref="ViolationException">It is not so.</exception>
    public async Task EndAsync()
    {
        await AgainAsync(async () => await CompactAsync(null), "the database cannot be compacted");
        foreach (var made in _made.ToArray())
            await AgainAsync(async () => !_made.Contains(made) || (await FindAsync(made) && await made.ReadAsync(_control, workload)), $"{made.Name} cannot be read");
        foreach (var name in _forgotten.Concat(_made.Select(made => made.Name)).ToArray())
            await AgainAsync(() => RemoveAsync(name), $"{name} cannot be deleted");
        await AgainAsync(LookAsync, "the snapshots cannot be told");
        while (_kept.Count > 0)
            await AgainAsync(LetGoAsync, $"snapshot {_kept[0].Id} cannot be deleted");
    }

    private async Task AgainAsync(Func<Task<bool>> step, string failure)
    {
        for (var attempt = 0; !await step(); attempt++)
        {
            if (attempt == FinalAttemptsMax)
                throw new ViolationException($"With all well again {failure}: {string.Join(", ", workload.Refusals)}.");
            await calls.PauseAsync(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<bool> CompactAsync(string? id)
    {
        var isDone = (await _control.TryAsync((node, cancellation) => node.Snapshots.CompactAsync(id ?? workload.Database.Id, cancellation))).Answer;
        if (isDone)
            workload.Did("compactions asked for");
        return isDone;
    }

    private async Task<bool> KeepAsync()
    {
        if (_kept.Count >= KeptMax)
            return await LetGoAsync();
        var label = _keepings.Count.ToString(CultureInfo.InvariantCulture);
        _keepings.Add(workload.Now);
        var (snapshot, _) = await _control.TryAsync((node, cancellation) => node.Snapshots.CreateAsync(workload.Database.Id, label, cancellation));
        if (snapshot is null)
            return false;
        _kept.Add(ToKept(snapshot));
        workload.Did("snapshots");
        return true;
    }

    /// <summary>Learns of snapshots whose making was not answered.</summary>
    private async Task<bool> LookAsync()
    {
        var (snapshots, _) = await _control.TryAsync((node, cancellation) => node.Snapshots.ListAsync(workload.Database.Id, cancellation));
        if (snapshots is null)
            return false;
        foreach (var snapshot in snapshots)
        {
            if (_kept.Find(kept => kept.Id == snapshot.Id) is not { } known)
                _kept.Add(ToKept(snapshot));
            else if (!known.Sequences.SequenceEqual(snapshot.Sequences))
                throw new ViolationException($"Snapshot {snapshot.Id} has changed.");
        }

        return true;
    }

    private Kept ToKept(SnapshotDescription snapshot) =>
        new(snapshot.Id, snapshot.Sequences, _keepings[int.Parse(snapshot.Label, CultureInfo.InvariantCulture)], workload.Now);

    private async Task<bool> LetGoAsync()
    {
        if (_kept.Count == 0)
            return true;
        var kept = _kept[_chance.Next(_kept.Count)];
        if (await _control.TryAsync((node, cancellation) => node.Snapshots.DeleteAsync(workload.Database.Id, kept.Id, cancellation)) is not (null or "not_found"))
            return false;
        _kept.Remove(kept);
        workload.Did("snapshots let go");
        return true;
    }

    private async Task<bool> MakeAsync()
    {
        if (_made.Count >= MadeMax)
            return await DropAsync();
        if (_kept.Count == 0 && _chance.Next(3) > 0)
            return await KeepAsync();
        var kept = _kept.Count > 0 ? _kept[_chance.Next(_kept.Count)] : null;
        var name = string.Create(CultureInfo.InvariantCulture, $"made-{_names++}");
        var began = workload.Now;
        var origin = workload.Database.Id;
        var ago = _chance.Next(4) == 0 ? calls.Faults.Span(0.01, 5) : (TimeSpan?)null;
        var isFile = _chance.Next(4) == 0;
        var made = kept is null || _chance.Next(4) == 0
            ? new MadeDatabase(name, "branches", began, null, false)
            : new MadeDatabase(name, ago is not null ? "restores to a moment" : isFile ? "restores of a file" : "restores", kept.Began, kept.Sequences, ago is not null) { Ended = kept.Ended };
        _made.Add(made);
        var (description, refusal) = made.Kind switch
        {
            "branches" => await _control.TryAsync((node, cancellation) => node.Snapshots.BranchAsync(origin, name, cancellation)),
            "restores of a file" => await RestoreFileAsync(kept!, name),
            _ => await _control.TryAsync((node, cancellation) => node.Snapshots.RestoreAsync(origin, kept!.Id, name, node.Process.Clock.GetUtcNow() - ago, cancellation)),
        };
        if (refusal == "invalid_argument" && !made.IsPartial)
            throw new ViolationException($"{name}, one of the {made.Kind}, is refused with '{refusal}'.");
        if (refusal is "invalid_argument" or "not_found" or "conflict" or "limit_exceeded" || (description is null && made.Kind == "restores of a file"))
            Forget(made);
        made.Id = description?.Id;
        return description is not null;
    }

    /// <summary>Out through one node and in through another.</summary>
    private async Task<(DatabaseDescription? Answer, string? Refusal)> RestoreFileAsync(Kept kept, string name)
    {
        var (file, refusal) = await _control.TryAsync(async (node, cancellation) =>
        {
            var stream = new MemoryStream();
            await node.Snapshots.ExportAsync(workload.Database.Id, kept.Id, stream, cancellation);
            return stream.ToArray();
        });
        return file is null ? (null, refusal) : await _control.TryAsync((node, cancellation) => node.Snapshots.ImportAsync(new MemoryStream(file), name, cancellation));
    }

    private void Forget(MadeDatabase made)
    {
        _made.Remove(made);
        _forgotten.Add(made.Name);
    }

    private async Task<bool> VisitAsync()
    {
        if (_made.Count == 0)
            return true;
        var made = _made[_chance.Next(_made.Count)];
        if (!await FindAsync(made) || !await made.ReadAsync(_control, workload))
            return false;
        await made.SearchAsync(_control, workload);
        await made.WriteAsync(_control, workload);
        if (_chance.Next(3) == 0)
            await _control.TryAsync((node, _) => node.CallShardAsync(new ShardAddress(made.Id!, _chance.Next(workload.ShardCount)), SimulatedClient.CheckpointAsync));
        return true;
    }

    /// <summary>Asks for it by name, which carries on with its making, until it is made.</summary>
    /// <returns>Whether it can be used.</returns>
    private async Task<bool> FindAsync(MadeDatabase made)
    {
        if (made.IsKnown)
            return true;
        var (found, refusal) = await _control.TryAsync((node, cancellation) => node.Databases.FindAsync(made.Name, cancellation));
        if (refusal is "not_found" or "invalid_argument" || (refusal is null && found is null))
            Forget(made); // what it was to be made of is gone, or it was never begun
        if (found is not { State: DatabaseState.Active } active)
            return false;
        made.Id = active.Id;
        made.Ended ??= workload.Now;
        return true;
    }

    private async Task<bool> DropAsync()
    {
        if (_made.Count == 0)
            return true;
        var made = _made[_chance.Next(_made.Count)];
        Forget(made);
        return await RemoveAsync(made.Name);
    }

    /// <returns>Whether it is known to be gone.</returns>
    private async Task<bool> RemoveAsync(string name)
    {
        var (found, refusal) = await _control.TryAsync((node, cancellation) => node.Databases.FindAsync(name, cancellation));
        if (refusal is not null)
            return false;
        if (found is null)
            return true;
        if (await _control.TryAsync((node, cancellation) => node.Databases.DeleteAsync(found.Id, cancellation)) is not (null or "not_found" or "gone"))
            return false;
        _forgotten.Remove(name);
        passing.AddDeleted(found.Id);
        return true;
    }
}
