namespace JadeVector.Simulation.History;

/// <summary>
/// Each key by itself, without a look at sequence numbers as an order: is there an order of its operations that fits their times and
/// their answers? (<see cref="Linearizability"/>.) It needs fewer assumptions than <see cref="ShardChecker"/> and is asked as well.
/// </summary>
internal static class KeyHistories
{
    /// <exception cref="ViolationException">There is none for some key.</exception>
    public static void Check(IReadOnlyList<WriteOperation> writes, IReadOnlyList<ReadOperation> reads)
    {
        var histories = new SortedDictionary<string, List<KeyOperation>>(StringComparer.Ordinal);
        foreach (var write in writes.Where(w => w.Fate != WriteFate.Refused))
        {
            foreach (var item in write.Items.Where(i => i.Status != ItemStatus.NotAttempted || write.Fate == WriteFate.Unknown))
                Add(histories, item.Key, new KeyOperation(write, write.Fate == WriteFate.Unknown ? long.MaxValue : write.Ended!.Value.Step, item, null));
        }

        foreach (var get in reads.OfType<GetOperation>().Where(r => r.Guarantee == ReadGuarantee.Strong))
        {
            foreach (var row in get.Rows)
                Add(histories, row.Key, new KeyOperation(get, get.Ended!.Value.Step, null, row));
        }

        foreach (var (key, history) in histories)
        {
            if (!Linearizability.Holds(history))
                throw new ViolationException($"No order of these operations on {key} fits their times and answers:\n{string.Join('\n', history.OrderBy(o => o.Operation.Began.Step).Select(o => o.Operation))}");
        }
    }

    private static void Add(SortedDictionary<string, List<KeyOperation>> histories, string key, KeyOperation operation)
    {
        if (!histories.TryGetValue(key, out var history))
            histories[key] = history = [];
        history.Add(operation);
    }
}

/// <summary>What one operation did to, or saw of, one key. A key's state is the tag that it has (0: none) and its version (0: not known).</summary>
/// <param name="EndedStep">The highest number for one that may still take effect.</param>
/// <param name="Item">Of a write.</param>
/// <param name="Row">Of a read.</param>
internal sealed record KeyOperation(Operation Operation, long EndedStep, WrittenItem? Item, SeenRow? Row)
{
    public bool IsUnknown => EndedStep == long.MaxValue;

    /// <summary>Whether it can happen to a key in that state, and the state after it.</summary>
    public bool TryStep((int Tag, ulong Version) before, out (int Tag, ulong Version) after)
    {
        after = before;
        if (Row is { } row)
        {
            after = (row.Tag, row.Version);
            return row.Tag == before.Tag && Fits(before, row.Version);
        }

        var item = Item!;
        if (IsUnknown)
        {
            after = (item.Tag, 0);
            return (!item.MustExist || before.Tag != 0) && (item.IfVersion is not { } hoped || Fits(before, hoped));
        }

        switch (item.Status)
        {
            case ItemStatus.VersionConflict:
                after = before with { Version = item.Version };
                return item.IfVersion is { } wanted && wanted != item.Version && (before.Tag == 0) == (item.Version == 0) && Fits(before, item.Version);
            case ItemStatus.NotFound:
                return before.Tag == 0;
            default:
                after = item.Status == ItemStatus.Deleted ? default : (item.Tag, item.Version);
                return (before.Tag != 0) == (item.Status != ItemStatus.Created) && (item.IfVersion is not { } version || Fits(before, version));
        }
    }

    private static bool Fits((int Tag, ulong Version) state, ulong version) =>
        state.Tag == 0 ? version == 0 : version != 0 && (state.Version == 0 || state.Version == version);
}
