using System.Globalization;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>Writes to ids of its own, one request after the other. A request without an answer is repeated with its key, after a restart too, until it has one.</summary>
internal sealed class DrillWriter(int number, CrashDrillOptions options, DrillModel model, DrillLedger ledger)
{
    private const int BatchMax = 24;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Why an item may fail today and succeed when repeated.</summary>
    internal static readonly string[] TransientCodes =
        ["overloaded", "storage_unavailable", "cluster_unavailable", "outcome_unknown", "deadline_exceeded", "loading", "fenced", "stale_map"];

    private readonly Random _random = new((options.Seed * 1_000) + number);
    private long _requests;
    private Unanswered? _unanswered;

    /// <summary>Writes until either token is cancelled: <paramref name="enough"/> begins no new request, <paramref name="untilKill"/> leaves what is unanswered as it is.</summary>
    internal async Task RunAsync(DrillTarget target, CancellationToken enough, CancellationToken untilKill)
    {
        while (!untilKill.IsCancellationRequested && (_unanswered is not null || !enough.IsCancellationRequested))
        {
            var isRepeat = _unanswered is not null;
            _unanswered ??= Next();
            try
            {
                if (await SendAsync(target, _unanswered, isRepeat, untilKill)) _unanswered = null;
                else await Task.Delay(RetryPause, untilKill);
            }
            catch (Exception silence) when (DrillAnswers.IsSilence(silence) || (silence is OperationCanceledException && untilKill.IsCancellationRequested))
            {
                // The answer is lost and the request stays unanswered: that is what the drill is about.
                if (!untilKill.IsCancellationRequested) await Pause(untilKill);
            }
        }
    }

    /// <summary>Gives up the request that is unanswered: nobody sends it again.</summary>
    internal void ForgetUnanswered() => _unanswered = null;

    private static Task Pause(CancellationToken untilKill) => Task.Delay(RetryPause, untilKill).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private Unanswered Next()
    {
        var revision = ++_requests;
        var key = string.Create(CultureInfo.InvariantCulture, $"drill-{options.Seed}-{number}-{revision}");
        var kind = _random.Next(10);
        var count = kind < 7 ? _random.Next(1, Math.Min(BatchMax, options.IdsPerWriter) + 1) : 1;
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (ids.Count < count) ids.Add(DrillVectors.IdOf(number, _random.Next(options.IdsPerWriter)));
        var unanswered = new Unanswered(key, kind < 7 ? RequestKind.Batch : kind < 8 ? RequestKind.Single : RequestKind.Delete, [.. ids], revision)
        {
            WasThere = kind >= 8 ? model.CertainRevision(ids.Single()) is not DrillVectors.Absent : null,
        };
        foreach (var id in ids) model.Ask(id, unanswered.Kind == RequestKind.Delete ? DrillVectors.Absent : revision);
        return unanswered;
    }

    /// <returns>Whether every id of the request is acknowledged.</returns>
    private async Task<bool> SendAsync(DrillTarget target, Unanswered request, bool isRepeat, CancellationToken untilKill)
    {
        var (client, databaseId) = (target.Client, target.DatabaseId);
        var write = new WriteOptions { IdempotencyKey = request.Key };
        try
        {
            switch (request.Kind)
            {
                case RequestKind.Batch:
                    var receipt = await client.UpsertAsync(databaseId, [.. request.Ids.Select(id => DrillVectors.Input(id, request.Revision))], write, untilKill);
                    return AcknowledgeBatch(request, receipt, target.MayRollBack);
                case RequestKind.Single:
                    await client.UpsertAsync(databaseId, DrillVectors.Input(request.Ids[0], request.Revision), write, untilKill);
                    break;
                default:
                    var wasThere = await client.DeleteAsync(databaseId, request.Ids[0], write, untilKill);
                    if (!isRepeat && wasThere != request.WasThere)
                        ledger.Violate($"deleting {request.Ids[0]} found {(wasThere ? "a vector that was not there" : "nothing where a vector was")}");
                    break;
            }
        }
        catch (JadeApiException refused)
        {
            if (!DrillAnswers.MayPass(refused) && !(target.MayRollBack && refused.Code == DrillAnswers.RolledBack)) ledger.Violate($"{request.Kind} {request.Key} was refused: {refused.Message}");
            return false;
        }

        Acknowledge(request, request.Ids);
        return true;
    }

    private bool AcknowledgeBatch(Unanswered request, BatchReceipt receipt, bool mayRollBack)
    {
        foreach (var error in receipt.Errors.Where(error => !TransientCodes.Contains(error.Code) && !(mayRollBack && error.Code == DrillAnswers.RolledBack)))
            ledger.Violate($"{error.Id} of batch {request.Key} was refused: {error.Detail} ({error.Code})");
        var failed = receipt.Errors.Select(error => error.Id ?? request.Ids[error.Index]).ToHashSet(StringComparer.Ordinal);
        Acknowledge(request, request.Ids.Where(id => !failed.Contains(id)));
        return failed.Count == 0;
    }

    private void Acknowledge(Unanswered request, IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            if (!request.Acknowledged.Add(id)) continue;
            model.Acknowledge(id);
            ledger.CountItem();
        }

        ledger.CountRequest();
    }

    private enum RequestKind
    {
        Batch,
        Single,
        Delete,
    }

    /// <param name="Revision">What the ids get; for a delete, only part of the key.</param>
    private sealed record Unanswered(string Key, RequestKind Kind, IReadOnlyList<string> Ids, long Revision)
    {
        /// <summary>Whether a vector to delete is there for certain.</summary>
        internal bool? WasThere { get; init; }

        internal HashSet<string> Acknowledged { get; } = new(StringComparer.Ordinal);
    }
}
