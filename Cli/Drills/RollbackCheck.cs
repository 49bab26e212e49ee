using System.Diagnostics;
using System.Text;
using JadeVector.Client;
using JadeVector.Engine.Shards;

namespace JadeVector.Cli.Drills;

/// <summary>Looks at every id of a store that may have been rolled back: shown as it must be, or refused for that reason.</summary>
internal sealed class RollbackCheck(DrillSession session)
{
    private const int IdsPerGet = 200;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BrokenPatience = TimeSpan.FromSeconds(5);
    private static readonly ReadOptions Strong = new() { Consistency = "strong" };

    private readonly Stopwatch _since = Stopwatch.StartNew();

    /// <summary>Ids that the last run found refused.</summary>
    internal int RefusedIds { get; private set; }

    /// <summary>The loss is accepted: nothing may be refused any more, and what is shown is kept in mind as the truth.</summary>
    internal bool IsAccepted { get; init; }

    /// <summary>The store cannot read some of its blobs: whatever is not answered soon counts as refused.</summary>
    internal bool IsBroken { get; init; }

    /// <returns>Vectors shown.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellation)
    {
        _since.Restart();
        RefusedIds = 0;
        var shown = 0;
        var ranges = ShardRanges.Split(session.Options.Shards);
        foreach (var shard in session.Model.Ids.GroupBy(id => ShardRanges.Find(ranges, ShardRanges.HashOf(Encoding.UTF8.GetBytes(id)))))
        {
            foreach (var ids in shard.Chunk(IdsPerGet))
            {
                if (await GetAsync(ids, cancellation) is { } vectors) shown += Check(ids, vectors);
                else RefusedIds += ids.Length;
            }
        }

        if (IsAccepted && RefusedIds > 0) session.Ledger.Violate($"{RefusedIds} ids are refused although the loss was accepted");
        return shown;
    }

    /// <summary>By the database's status.</summary>
    internal async Task<int> CountShardsAsync(CancellationToken cancellation)
    {
        var status = await session.Target.Client.GetDatabaseStatusAsync(session.Target.DatabaseId, cancellation);
        var count = status.Shards.Count(shard => shard.Error?.Contains(DrillAnswers.RolledBack, StringComparison.Ordinal) == true);
        if (count == 0) session.Ledger.Violate("shards refuse as rolled back, and the database's status does not say so");
        return count;
    }

    /// <returns>Null when refused as rolled back, or not to be had from a broken store.</returns>
    private async Task<IReadOnlyList<StoredVector?>?> GetAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (IsBroken) soon.CancelAfter(BrokenPatience);
        while (true)
        {
            try
            {
                return await session.Target.Client.GetAsync(session.Target.DatabaseId, ids, Strong, soon.Token);
            }
            catch (Exception late) when (IsBroken && soon.IsCancellationRequested && !cancellation.IsCancellationRequested && late is OperationCanceledException or JadeApiException { IsTransient: true })
            {
                return null;
            }
            catch (JadeApiException refused) when (refused.Code == DrillAnswers.RolledBack)
            {
                return null;
            }
            catch (JadeApiException passing) when (DrillAnswers.MayPass(passing) && _since.Elapsed < session.Options.Patience)
            {
                await Task.Delay(RetryPause, cancellation);
            }
            catch (Exception wrong) when (wrong is JadeApiException || DrillAnswers.IsSilence(wrong))
            {
                var fate = session.Node.IsRunning ? "" : $", and the node ended by itself ({session.Node.LastWords})";
                session.Ledger.Violate($"after a kill of the store a read was not answered: {wrong.Message}{fate}");
                return [.. ids.Select(_ => (StoredVector?)null)];
            }
        }
    }

    private int Check(IReadOnlyList<string> ids, IReadOnlyList<StoredVector?> vectors)
    {
        for (var i = 0; i < ids.Count && session.IsClean; i++)
        {
            var revision = vectors[i] is { } vector ? DrillVectors.RevisionOf(vector) : DrillVectors.Absent;
            var wrong = revision is null ? $"{ids[i]} has values or metadata that nobody wrote"
                : IsAccepted ? session.Model.Settle(ids[i], revision.Value)
                : session.Model.Observe(ids[i], revision.Value);
            if (wrong is not null) session.Ledger.Violate($"after a kill of the store: {wrong}");
        }

        return vectors.Count(vector => vector is not null);
    }
}
