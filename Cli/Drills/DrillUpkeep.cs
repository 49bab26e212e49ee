using System.Diagnostics;
using System.Globalization;
using System.Net;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>
/// What a database's keeper does meanwhile: compacts, takes snapshots and restores them, branches, checks what came of it and deletes it.
/// A step that was not answered is asked for again, after a restart too; what it may have left is found by its name.
/// </summary>
internal sealed class DrillUpkeep(CrashDrillOptions options, DrillModel model, DrillLedger ledger, DrillTarget target)
{
    private const int PageSize = 1_000;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CompactionPause = TimeSpan.FromMilliseconds(250);
    private static readonly ReadOptions Strong = new() { Consistency = "strong" };

    private int _jobs;

    /// <summary>Compacts, which makes a checkpoint first, again and again.</summary>
    internal async Task CompactAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested && ledger.Violations.Count == 0)
        {
            if (await PatientlyAsync("compaction", () => target.Client.CompactAsync(target.DatabaseId))) ledger.Count(DrillEvent.Compaction);
            await Task.Delay(CompactionPause, CancellationToken.None);
        }
    }

    /// <summary>Makes, checks and deletes one copy after the other; after that it ends the last, and does so with one of each kind of what is there then.</summary>
    internal async Task CopyAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested && ledger.Violations.Count == 0)
        {
            await (_jobs % 2 == 0 ? SnapshotAsync(NextName()) : BranchAsync(NextName()));
            await Task.Delay(RetryPause, CancellationToken.None);
        }

        if (ledger.Violations.Count > 0) return;
        await SnapshotAsync(NextName());
        await BranchAsync(NextName());
    }

    private string NextName() => string.Create(CultureInfo.InvariantCulture, $"{CrashDrill.NameOf(options)}-{++_jobs}");

    private async Task SnapshotAsync(string name)
    {
        var floors = model.Floors();
        if (await PatientlyAsync("snapshot", () => FindOrTakeAsync(name)) is not { } snapshot) return;
        var ceilings = model.Ceilings();
        ledger.Count(DrillEvent.Snapshot);
        if (await MakeAsync("restore", name, client => client.RestoreSnapshotAsync(target.DatabaseId, snapshot.SnapshotId, name)) is { } copy)
        {
            await CheckAsync("restore", copy, floors, ceilings);
            ledger.Count(DrillEvent.Restore);
            await DeleteAsync(copy);
        }

        await PatientlyAsync("deletion", () => GoneAsync(target.Client.DeleteSnapshotAsync(target.DatabaseId, snapshot.SnapshotId)));
    }

    private async Task BranchAsync(string name)
    {
        var floors = model.Floors();
        if (await MakeAsync("branch", name, client => client.CreateBranchAsync(target.DatabaseId, name)) is not { } copy) return;
        await CheckAsync("branch", copy, floors, model.Ceilings());
        ledger.Count(DrillEvent.Branch);
        await DeleteAsync(copy);
    }

    private async Task<Snapshot> FindOrTakeAsync(string label) =>
        (await target.Client.ListSnapshotsAsync(target.DatabaseId)).FirstOrDefault(snapshot => snapshot.Label == label)
            ?? await target.Client.CreateSnapshotAsync(target.DatabaseId, label);

    /// <returns>The id; null when it could not be made.</returns>
    private Task<string?> MakeAsync(string what, string name, Func<JadeClient, Task<string>> make) => PatientlyAsync(what, async () =>
        (await target.Client.FindDatabaseAsync(name))?.DatabaseId ?? await make(target.Client));

    private Task DeleteAsync(string databaseId) => PatientlyAsync("deletion", () => GoneAsync(target.Client.DeleteDatabaseAsync(databaseId)));

    private static async Task<bool> GoneAsync(Task delete)
    {
        try
        {
            await delete;
        }
        catch (JadeApiException gone) when (gone.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            // By an earlier request, whose answer was lost.
        }

        return true;
    }

    /// <summary>Every vector of a copy was written, and is neither older than what was acknowledged before the copy began nor newer than what was asked for before it ended.</summary>
    private async Task CheckAsync(string what, string copy, IReadOnlyDictionary<string, int> floors, IReadOnlyDictionary<string, int> ceilings)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await PatientlyAsync(what, () => target.Client.ListAsync(copy, PageSize, cursor, Strong));
            if (page is null) return;
            foreach (var vector in page.Vectors)
            {
                if (!listed.Add(vector.Id)) ledger.Violate($"{what}: {vector.Id} is listed twice");
                else if (DrillVectors.RevisionOf(vector) is not { } revision) ledger.Violate($"{what}: {vector.Id} has values or metadata that nobody wrote");
                else Compare(what, vector.Id, revision, floors, ceilings);
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);
        foreach (var id in ceilings.Keys.Where(id => !listed.Contains(id))) Compare(what, id, DrillVectors.Absent, floors, ceilings);
    }

    private void Compare(string what, string id, long revision, IReadOnlyDictionary<string, int> floors, IReadOnlyDictionary<string, int> ceilings)
    {
        if (model.Check(id, revision, floors.GetValueOrDefault(id), ceilings.GetValueOrDefault(id)) is { } wrong) ledger.Violate($"{what}: {wrong}");
    }

    /// <returns>Null (or false) when it was refused for good, or did not succeed in time while the node was up: a violation either way.</returns>
    private async Task<T?> PatientlyAsync<T>(string what, Func<Task<T>> step)
    {
        Exception problem;
        var began = Stopwatch.GetTimestamp();
        do
        {
            try
            {
                return await step();
            }
            catch (JadeApiException refused) when (!DrillAnswers.MayPass(refused))
            {
                ledger.Violate($"{what} was refused: {refused.Message}");
                return default;
            }
            catch (Exception passing) when (passing is JadeApiException || DrillAnswers.IsSilence(passing))
            {
                problem = passing;
            }

            await Task.Delay(RetryPause, CancellationToken.None);
        }
        while (Stopwatch.GetElapsedTime(Math.Max(began, target.UpSince)) < options.UpkeepPatience && ledger.Violations.Count == 0);
        if (ledger.Violations.Count == 0) ledger.Violate(string.Create(CultureInfo.InvariantCulture, $"{what} did not succeed within {options.UpkeepPatience.TotalSeconds:0} s: {problem.Message}"));
        return default;
    }
}
