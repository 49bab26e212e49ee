namespace JadeVector.Simulation.History;

// A shard promises one order of everything that is written to it, told by sequence numbers, and reads of states in that order. So the
// order need not be searched for; what is left is to check that it is one:
//
//   whole        every sequence number up to the last is some write's that was acknowledged: nothing is there that nobody wrote
//   obeying      replayed in that order, every item's outcome and condition is right
//   in time      a write that began after another had ended comes after it
//   readable     every read saw a state between two batches that is late enough for its guarantee and not of the future; of two strong
//                reads in time the second sees no earlier state
//
// Reads are placed as early as their answers allow, in the order in which they began: all that one asks of another is "not before".

/// <summary>Checks the history of one shard. All its writes have known fates.</summary>
internal sealed class ShardChecker(IReadOnlyList<WriteOperation> writes, IReadOnlyList<ReadOperation> reads)
{
    private static readonly TimeSpan StalenessMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LagMax = TimeSpan.FromSeconds(2);

    private readonly List<ShardState> _states = [ShardState.Empty];
    private readonly SortedSet<ulong> _boundaries = [0];
    private readonly List<(Moment Ended, ulong Sequence, Operation By)> _known = [];

    /// <exception cref="ViolationException">It is not a history that the shard may have; the message tells the operations.</exception>
    public void Check()
    {
        Replay();
        CheckOrderOfWrites();
        CheckReads();
    }

    private void Replay()
    {
        var effects = new SortedDictionary<ulong, (WriteOperation Write, WrittenItem Item)>();
        foreach (var write in writes.Where(w => w.Fate == WriteFate.Done))
        {
            foreach (var item in write.Items.Where(i => i.IsApplied))
            {
                if (!effects.TryAdd(item.Version, (write, item)))
                    throw new ViolationException($"Two writes were told the same version {item.Version}:\n{effects[item.Version].Write}\n{write}");
            }

            if (write.LastVersion > 0)
                _boundaries.Add(write.LastVersion);
        }

        foreach (var (version, (write, item)) in effects)
        {
            var state = _states[^1];
            if (version != state.Sequence + 1)
                throw new ViolationException($"Sequence number {state.Sequence + 1} is no acknowledged write's; the next is:\n{write}\nand of those that are to have written nothing:\n{RefusedBefore(write)}");
            CheckOutcome(write, item, state);
            _states.Add(state.After(item.Key, item.Tag));
        }

        foreach (var write in writes.Where(w => w.Fate == WriteFate.Done && w.LastVersion > 0))
            CheckRefusedItems(write);
    }

    private string RefusedBefore(WriteOperation write) =>
        string.Join('\n', writes.Where(w => w.Fate == WriteFate.Refused && w.Began.Step < write.Ended!.Value.Step).OrderBy(w => w.Began.Step).TakeLast(8));

    private static void CheckOutcome(WriteOperation write, WrittenItem item, ShardState before)
    {
        var (_, version) = before.Find(item.Key);
        var isRight = item.Status switch
        {
            ItemStatus.Created => version == 0 && item.Tag != 0 && !item.MustExist,
            ItemStatus.Replaced => version != 0 && item.Tag != 0,
            _ => version != 0 && item.Tag == 0,
        };
        if (!isRight || (item.IfVersion is { } wanted && wanted != version))
            throw new ViolationException($"'{item}' was {item.Status} at v{item.Version}, where {item.Key} was at v{version}:\n{write}");
    }

    /// <summary>Items that changed nothing, in a batch of which others did: the state that they were decided in is known.</summary>
    private void CheckRefusedItems(WriteOperation write)
    {
        if (write.Atomic && write.Items.Any(i => !i.IsApplied && (i.IfVersion is not null || i.MustExist)))
            throw new ViolationException($"A part of an atomic batch was written:\n{write}");
        var sequence = write.Items.Where(i => i.IsApplied).Min(i => i.Version) - 1;
        foreach (var item in write.Items)
        {
            if (item.IsApplied)
                sequence = item.Version;
            else if (!IsRefusalRight(item, _states[(int)sequence]))
                throw new ViolationException($"'{item}' was {item.Status} v{item.Version}, where {item.Key} was at v{_states[(int)sequence].Find(item.Key).Version}:\n{write}");
        }
    }

    private static bool IsRefusalRight(WrittenItem item, ShardState state)
    {
        var version = state.Find(item.Key).Version;
        return item.Status switch
        {
            ItemStatus.VersionConflict => item.Version == version && item.IfVersion is { } wanted && wanted != version,
            ItemStatus.NotFound => version == 0 && (item.Tag == 0 || item.MustExist),
            _ => true,
        };
    }

    private void CheckOrderOfWrites()
    {
        var latest = new LatestEnded<WriteOperation>(writes.Where(w => w is { Fate: WriteFate.Done, LastVersion: > 0, Ended: not null }), w => w.LastVersion);
        foreach (var write in writes.Where(w => w is { Fate: WriteFate.Done, LastVersion: > 0 }).OrderBy(w => w.Began.Step))
        {
            if (latest.Before(write.Began.Step) is { } earlier && earlier.LastVersion > write.Items.Where(i => i.IsApplied).Min(i => i.Version))
                throw new ViolationException($"The second began after the first had ended, and comes before it:\n{earlier}\n{write}");
        }

        _known.AddRange(writes.Where(w => w is { Fate: WriteFate.Done, LastVersion: > 0, Ended: not null }).Select(w => (w.Ended!.Value, w.LastVersion, (Operation)w)));
    }

    private void CheckReads()
    {
        // A batch in which nothing was applied has read, too.
        var refused = writes
            .Where(w => w is { Fate: WriteFate.Done, LastVersion: 0 })
            .Select(w => ((Operation)w, ReadGuarantee.Strong, 0UL, (Func<ShardState, bool>)(state => w.Items.All(item => IsRefusalRight(item, state)))));
        var all = reads
            .Select(r => ((Operation)r, r.Guarantee, Math.Max(r.SequenceMin, r.Seen), (Func<ShardState, bool>)r.Agrees))
            .Concat(refused)
            .OrderBy(r => r.Item1.Began.Step);
        foreach (var (operation, guarantee, sequenceMin, agrees) in all)
        {
            var (floor, by) = Floor(operation.Began, guarantee);
            var sequence = Place(operation, Math.Max(sequenceMin, floor), by, agrees);
            _known.Add((operation.Ended!.Value, sequence, operation));
        }
    }

    /// <summary>The earliest state that the guarantee allows.</summary>
    /// <returns>Its sequence number, and the operation that had shown it to somebody.</returns>
    private (ulong Floor, Operation? By) Floor(Moment began, ReadGuarantee guarantee)
    {
        (ulong Floor, Operation? By) floor = (0, null);
        foreach (var (ended, sequence, by) in _known)
        {
            var counts = guarantee switch
            {
                ReadGuarantee.Strong => ended.Step < began.Step,
                ReadGuarantee.Bounded => ended.Time < began.Time - StalenessMax,
                ReadGuarantee.Following => ended.Time < began.Time - LagMax,
                _ => false,
            };
            if (counts && sequence > floor.Floor)
                floor = (sequence, by);
        }

        return floor;
    }

    private ulong Place(Operation read, ulong floor, Operation? floorBy, Func<ShardState, bool> agrees)
    {
        var ceiling = (ulong)_states.Count - 1;
        foreach (var write in writes)
        {
            if (write.Fate == WriteFate.Done && write.LastVersion > 0 && write.Began.Step > read.Ended!.Value.Step)
                ceiling = Math.Min(ceiling, write.Items.Where(i => i.IsApplied).Min(i => i.Version) - 1);
        }

        foreach (var sequence in _boundaries)
        {
            if (sequence >= floor && sequence <= ceiling && agrees(_states[(int)sequence]))
                return sequence;
        }

        throw new ViolationException(Explain(read, floor, floorBy, ceiling, agrees));
    }

    private string Explain(Operation read, ulong floor, Operation? floorBy, ulong ceiling, Func<ShardState, bool> agrees)
    {
        var elsewhere = _boundaries.Where(s => agrees(_states[(int)s])).ToArray();
        var nearby = writes.Where(w => w.LastVersion > 0 && w.LastVersion + 3 >= floor && w.LastVersion <= ceiling + 3).OrderBy(w => w.LastVersion);
        return $"No state from sequence {floor} to {ceiling} gives this answer{(elsewhere.Length > 0 ? $" ({string.Join(", ", elsewhere)} would)" : "")}:\n{read}\n{(floorBy is null ? "" : $"after\n{floorBy}\n")}"
            + $"where {string.Join(", ", _states[(int)floor].InOrder(0))}\nand then\n{string.Join('\n', nearby)}";
    }
}

/// <summary>Of operations that had ended before a step, the one with the highest sequence number.</summary>
internal sealed class LatestEnded<T>
    where T : Operation
{
    private readonly List<(long Step, T Latest)> _latest = [];

    public LatestEnded(IEnumerable<T> operations, Func<T, ulong> sequence)
    {
        foreach (var operation in operations.OrderBy(o => o.Ended!.Value.Step))
        {
            if (_latest.Count == 0 || sequence(operation) > sequence(_latest[^1].Latest))
                _latest.Add((operation.Ended!.Value.Step, operation));
        }
    }

    public T? Before(long step)
    {
        var index = _latest.FindLastIndex(entry => entry.Step < step);
        return index < 0 ? null : _latest[index].Latest;
    }
}
