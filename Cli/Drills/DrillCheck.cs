using System.Diagnostics;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>Looks at everything that a node shows after a restart: every id by itself, and every page.</summary>
internal sealed class DrillCheck(DrillTarget target, DrillModel model, CrashDrillOptions options, DrillLedger ledger)
{
    private const int IdsPerGet = 500;
    private const int PageSize = 1_000;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _since = Stopwatch.StartNew();

    /// <returns>Vectors that are there.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellation)
    {
        var found = await CheckIdsAsync(cancellation);
        var listed = await ListAsync(cancellation);
        foreach (var id in found.Keys.Except(listed.Keys)) ledger.Violate($"{id} is there by its id, and in no page");
        foreach (var (id, revision) in listed)
        {
            if (!found.TryGetValue(id, out var byId)) ledger.Violate($"{id} is in a page, and not there by its id");
            else if (byId != revision) ledger.Violate($"{id} has revision {byId} by its id, and {revision} in its page");
        }

        return listed.Count;
    }

    private async Task<Dictionary<string, long>> CheckIdsAsync(CancellationToken cancellation)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var ids in model.Ids.Chunk(IdsPerGet))
        {
            var vectors = await PatientlyAsync(() => target.Client.GetAsync(target.DatabaseId, ids, cancellation: cancellation), cancellation);
            for (var i = 0; i < ids.Length; i++)
            {
                if (RevisionOf(ids[i], vectors[i]) is not { } revision) continue;
                if (model.Observe(ids[i], revision) is { } wrong) ledger.Violate(wrong);
                if (revision != DrillVectors.Absent) found.Add(ids[i], revision);
            }
        }

        return found;
    }

    private async Task<Dictionary<string, long>> ListAsync(CancellationToken cancellation)
    {
        var listed = new Dictionary<string, long>(StringComparer.Ordinal);
        var known = model.Ids.ToHashSet(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await PatientlyAsync(() => target.Client.ListAsync(target.DatabaseId, PageSize, cursor, cancellation: cancellation), cancellation);
            foreach (var vector in page.Vectors)
            {
                if (!known.Contains(vector.Id)) ledger.Violate($"{vector.Id} is in a page, and nobody wrote it");
                else if (RevisionOf(vector.Id, vector) is { } revision && !listed.TryAdd(vector.Id, revision)) ledger.Violate($"{vector.Id} is listed twice");
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return listed;
    }

    private long? RevisionOf(string id, StoredVector? vector)
    {
        if (vector is null) return DrillVectors.Absent;
        var revision = DrillVectors.RevisionOf(vector);
        if (revision is null) ledger.Violate($"{id} has values or metadata that nobody wrote");
        return revision;
    }

    /// <summary>A node that has just started may load for a while.</summary>
    private async Task<T> PatientlyAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (JadeApiException loading) when (DrillAnswers.MayPass(loading) && _since.Elapsed < options.Patience)
            {
                await Task.Delay(RetryPause, cancellation);
            }
        }
    }
}
