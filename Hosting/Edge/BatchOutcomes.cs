using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>One entry of a batch: an item, or why it is none.</summary>
internal readonly record struct BatchEntry(VectorItem? Item, ApiRefusal? Refusal);

/// <summary>What became of each vector of a batch, in the order of the request.</summary>
internal sealed class BatchOutcomes
{
    private readonly IReadOnlyList<BatchEntry> _entries;
    private readonly WriteItemResult?[] _results;

    private BatchOutcomes(IReadOnlyList<BatchEntry> entries)
    {
        _entries = entries;
        _results = new WriteItemResult?[entries.Count];
    }

    public int Count => _entries.Count;

    public int Inserted => _results.Count(result => result?.Status == WriteStatus.Created);

    public int Updated => _results.Count(result => result?.Status == WriteStatus.Replaced);

    public int Stored => _results.Count(result => result is not null && WriteOutcomes.IsStored(result));

    public int Failed => Count - Stored;

    /// <summary>Of the write; null where there was nothing to write.</summary>
    public string? Position { get; private set; }

    /// <summary>Writes the items that are some, none of them where the batch is atomic and one is not.</summary>
    /// <param name="write">Given what remains, in order.</param>
    public static async Task<BatchOutcomes> OfAsync(
        IReadOnlyList<BatchEntry> entries, bool atomic, Func<IReadOnlyList<VectorItem>, Task<DatabaseWriteReply>> write)
    {
        if (atomic && entries.FirstOrDefault(entry => entry.Refusal is not null) is { Refusal: { } first })
            throw first;

        var outcomes = new BatchOutcomes(entries);
        var accepted = entries.Where(entry => entry.Item is not null).Select(entry => entry.Item!).ToList();
        if (accepted.Count > 0)
            outcomes.Fill(await write(accepted));
        return outcomes;
    }

    public string? IdOf(int index) => _entries[index].Item?.Id;

    public WriteItemResult? ResultOf(int index) => _results[index];

    /// <summary>Why an entry was not stored; null when it was.</summary>
    public (string Code, string Detail)? ReasonOf(int index)
    {
        if (_entries[index].Refusal is { } refusal)
            return (refusal.Code, refusal.Message);
        var result = _results[index]!;
        return WriteOutcomes.IsStored(result) ? null : WriteOutcomes.ReasonOf(result, _entries[index].Item!.Id);
    }

    /// <summary>When nothing was stored: the first item's reason stands for all; null else.</summary>
    public ApiRefusal? Refusal()
    {
        if (Stored > 0 || Count == 0)
            return null;
        var reasons = Enumerable.Range(0, Count).Select(index => ReasonOf(index)!.Value).ToList();
        var (code, detail) = reasons.FirstOrDefault(reason => reason.Code != "not_attempted", reasons[0]);
        return new ApiRefusal(code, detail, _entries[0].Refusal is { } refusal ? [.. refusal.Details] : []);
    }

    private void Fill(DatabaseWriteReply reply)
    {
        var next = 0;
        for (var i = 0; i < _results.Length; i++)
        {
            if (_entries[i].Item is not null)
                _results[i] = reply.Items[next++];
        }

        Position = reply.Position;
    }
}
