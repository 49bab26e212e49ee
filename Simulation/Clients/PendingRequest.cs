using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;
using JadeVector.Simulation.Nodes;

namespace JadeVector.Simulation.Clients;

/// <summary>A write under one request id, sent until its fate is known.</summary>
internal sealed class PendingRequest(Workload workload, string requestId, bool atomic, IReadOnlyList<WrittenItem> items, IReadOnlyDictionary<int, WriteOperation> byShard)
{
    // What these codes say of a write: nothing of it was written.
    private static readonly HashSet<string> Refused =
        ["storage_unavailable", "deadline_exceeded", "overloaded", "fenced", "loading", "gone", "shard_damaged", "stale_map", "not_found", "cluster_unavailable"];

    private readonly VectorWrite[] _items = [.. items.Select(ToWrite)];

    public bool IsEnded => byShard.Values.All(w => w.Fate != WriteFate.Unknown);

    /// <summary>Of what was answered, for a read that must see it.</summary>
    public string? Position { get; private set; }

    /// <summary>What the last refusal said.</summary>
    public string? Problem { get; private set; }

    /// <summary>Sends it once.</summary>
    /// <returns>Null when everything is known, else why not.</returns>
    public async Task<string?> SendAsync(NodeCalls calls, SimulatedNode node, TimeSpan patience)
    {
        foreach (var write in byShard.Values)
            write.Node += (write.Node.Length > 0 ? "," : "") + node.Process.Name;
        DatabaseWriteReply reply;
        try
        {
            reply = await calls.CallAsync(node, n => n.Vectors.WriteAsync(
                workload.Database.Id,
                _items,
                new WriteOptions { RequestId = requestId, Atomic = atomic, Deadline = n.Process.Clock.GetUtcNow() + patience },
                CancellationToken.None), patience + TimeSpan.FromSeconds(1));
        }
        catch (Exception problem) when (problem is JadeException or TimeoutException)
        {
            var code = (problem as JadeException)?.Code ?? "time-out";
            foreach (var shard in byShard.Keys)
                Take(shard, code);
            Problem = problem.Message;
            return code;
        }

        Position = reply.Position;
        string? why = null;
        foreach (var (shard, write) in byShard)
        {
            var results = Enumerable.Range(0, items.Count).Where(i => workload.ShardOf(items[i].Key) == shard).Select(i => reply.Items[i]).ToArray();
            if (results[0].Status == WriteStatus.Failed)
            {
                Take(shard, why = results[0].ErrorCode!);
                Problem = results[0].ErrorDetail;
            }
            else
                Take(write, results);
        }

        return why;
    }

    public override string ToString() => string.Join('\n', byShard.Values);

    private static VectorWrite ToWrite(WrittenItem item) => new()
    {
        Kind = item.Tag == 0 ? WriteKind.Delete : WriteKind.Upsert,
        Id = item.Key,
        Values = item.Tag == 0 ? null : SimulatedVector.Bytes(item.Tag),
        Metadata = item.Tag == 0 ? null : SimulatedVector.Metadata(item.Tag),
        IfVersion = item.IfVersion,
        MustExist = item.MustExist,
    };

    private void Take(int shard, string code)
    {
        var write = byShard[shard];
        if (code is "internal_error" or "invalid_argument" or "request_id_reused" or "conflict")
            throw new ViolationException($"The answer was '{code}':\n{write}");
        write.Refusals += " " + code;
        if (write.Fate == WriteFate.Done)
            return;

        // A refusal speaks of the attempt that it answers: what an earlier one did stays unknown.
        var isRefused = Refused.Contains(code) && (write.Ended is null || write.Fate == WriteFate.Refused);
        write.Fate = isRefused ? WriteFate.Refused : WriteFate.Unknown;
        write.Ended = workload.Now;
    }

    private void Take(WriteOperation write, IReadOnlyList<WriteItemResult> results)
    {
        for (var i = 0; i < results.Count; i++)
        {
            var (status, item) = (ToStatus(results[i].Status), write.Items[i]);
            if (write.Fate == WriteFate.Done && (item.Status, item.Version) != (status, results[i].Version))
                throw new ViolationException($"Asked again, '{item}' was {status} v{results[i].Version}:\n{write}");
            (item.Status, item.Version) = (status, results[i].Version);
        }

        if (write.Fate != WriteFate.Done)
            write.Ended = workload.Now;
        write.Fate = WriteFate.Done;
    }

    private static ItemStatus ToStatus(WriteStatus status) => status switch
    {
        WriteStatus.Created => ItemStatus.Created,
        WriteStatus.Replaced => ItemStatus.Replaced,
        WriteStatus.Deleted => ItemStatus.Deleted,
        WriteStatus.NotFound => ItemStatus.NotFound,
        WriteStatus.VersionConflict => ItemStatus.VersionConflict,
        WriteStatus.NotAttempted => ItemStatus.NotAttempted,
        _ => throw new ViolationException($"An item of an answered write is {status}."),
    };
}
