using System.Globalization;
using System.Text;
using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>
/// Behaves as a shard does: opens, replays, acquires with the first write, applies what is durable, verifies, makes checkpoints, and
/// starts afresh when it is fenced. Now and then it drops its log in the middle of a write and opens another beside it.
/// </summary>
internal sealed class RandomOwner(int number, EngineContext context, SeededInterleaving time, OwnershipHistory history)
{
    private const int StepCount = 25;

    private static readonly ShardLogOptions Options = new()
    {
        LogSizeBytes = 4096,
        AppendCount = 4,
        AttemptTimeout = TimeSpan.FromSeconds(2),
        OperationTimeout = TimeSpan.FromSeconds(12),
    };

    private readonly Random _random = time.Random;
    private readonly List<Task> _abandoned = [];
    private int _incarnations;
    private int _texts;

    public async Task RunAsync()
    {
        Term? term = null;
        for (var step = 0; step < StepCount; step++)
        {
            try
            {
                term ??= await OpenAsync();
                await StepAsync(term);
            }
            catch (RefusalException refusal) when (refusal.Code is RefusalCodes.Fenced or RefusalCodes.StorageUnavailable)
            {
                history.Note(term?.Name ?? $"o{number}", refusal.Code);
                term = refusal.Code == RefusalCodes.Fenced ? null : term;
            }

            if (term is not null && _random.Next(15) == 0)
            {
                // As a process that is cut off: its write goes on while the shard lives on elsewhere.
                _abandoned.Add(AppendAbandonedAsync(term));
                term = null;
            }
        }

        await Task.WhenAll(_abandoned);
    }

    /// <summary>What the storage holds now: segments and logs.</summary>
    public static async Task<IReadOnlyList<SeenFrame>> ReadAllAsync(EngineContext context, OwnershipHistory history)
    {
        var log = await ShardLog.OpenAsync(context, LogBench.Address, Options, CancellationToken.None);
        return await ReplayAsync(log, history);
    }

    private static async Task<List<SeenFrame>> ReplayAsync(ShardLog log, OwnershipHistory history)
    {
        var view = log.Manifest.Segments.SelectMany(s => history.Segment(s.Name)).ToList();
        await foreach (var frame in log.ReplayAsync(CancellationToken.None))
        {
            view.Add(Seen(frame));
        }

        return view;
    }

    private static SeenFrame Seen(LogFrame frame) => new(frame.Epoch, frame.FirstSequence, frame.ItemCount, Encoding.UTF8.GetString(frame.Payload.Span));

    private async Task<Term> OpenAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"o{number}i{_incarnations++}:");
        var log = await ShardLog.OpenAsync(context, LogBench.Address, Options, CancellationToken.None);
        return new Term(name, log, await ReplayAsync(log, history));
    }

    private Task StepAsync(Term term) => _random.Next(10) switch
    {
        0 => CheckpointAsync(term),
        1 or 2 => VerifyAsync(term),
        _ => AppendAsync(term),
    };

    private DateTimeOffset Deadline() => context.Clock.GetUtcNow() + TimeSpan.FromSeconds(_random.Next(1, 12));

    private async Task VerifyAsync(Term term)
    {
        if (!term.Log.IsOwner && _random.Next(2) == 0)
        {
            await foreach (var frame in term.Log.ReplayAsync(CancellationToken.None))
            {
                term.View.Add(Seen(frame)); // catches up with the owner, as a shard does that only reads
            }
        }

        var before = history.AcknowledgedNow();
        await term.Log.VerifyOwnershipAsync(Deadline(), CancellationToken.None);
        history.VerifiedStrongly(term.Name, before, term.View);
    }

    private async Task AcquireAsync(Term term)
    {
        if (!term.Log.IsOwner)
        {
            var late = await term.Log.AcquireAsync(Deadline(), CancellationToken.None);
            term.View.AddRange(late.Select(Seen));
            history.Acquired(term.Name, term.Log.Manifest.Epoch, term.View);
        }

        Apply(term, term.Log.TakeLateFrames());
    }

    private void Apply(Term term, IReadOnlyList<LogFrame> late)
    {
        foreach (var frame in late.Select(Seen))
        {
            term.View.Add(frame);
            history.Acknowledged(term.Name, frame);
        }
    }

    private async Task AppendAbandonedAsync(Term term)
    {
        try
        {
            await AppendAsync(term);
        }
        catch (RefusalException refusal) when (refusal.Code is RefusalCodes.Fenced or RefusalCodes.StorageUnavailable)
        {
            history.Note(term.Name, $"{refusal.Code} after it was abandoned");
        }
    }

    private async Task AppendAsync(Term term)
    {
        await AcquireAsync(term);
        var next = term.Log.LastSequence + 1;
        var group = new List<FrameDraft>();
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{term.Name}{number}-{_texts++}");
            group.Add(new FrameDraft(next, _random.Next(4), new RequestKey((UInt128)_texts, 1), Encoding.UTF8.GetBytes(text)));
            next += (ulong)group[^1].ItemCount;
        }

        var texts = group.ConvertAll(d => Encoding.UTF8.GetString(d.Payload.Span));
        var outcome = await term.Log.AppendAsync(group, Deadline(), CancellationToken.None);
        switch (outcome)
        {
            case AppendOutcome.Durable:
                foreach (var (draft, text) in group.Zip(texts))
                {
                    var frame = new SeenFrame(term.Log.Manifest.Epoch, draft.FirstSequence, draft.ItemCount, text);
                    term.View.Add(frame);
                    history.Acknowledged(term.Name, frame);
                }

                break;
            case AppendOutcome.OutcomeUnknown:
                history.Note(term.Name, $"unknown '{string.Join(' ', texts)}'");
                break;
            default:
                history.Refused(term.Name, texts, outcome);
                Apply(term, term.Log.TakeLateFrames());
                break;
        }

        if (outcome == AppendOutcome.Fenced)
        {
            throw new RefusalException(RefusalCodes.Fenced, "told by an append");
        }
    }

    private async Task CheckpointAsync(Term term)
    {
        await AcquireAsync(term);
        var (outcome, boundary) = await term.Log.RollAsync(Deadline(), CancellationToken.None);
        if (outcome != AppendOutcome.Durable)
        {
            Apply(term, term.Log.TakeLateFrames());
            return;
        }

        var segments = term.Log.Manifest.Segments.ToList();
        var covered = segments.SelectMany(s => history.Segment(s.Name)).Count();
        var added = term.View.Skip(covered).ToList();
        if (added.Count > 0)
        {
            var name = LogNames.Create(term.Log.Manifest.Epoch, context.Ids.NewGuid());
            history.WriteSegment(name, added);
            await new StoreCalls(context, Options).RetryAsync(
                token => context.Blobs.PutAsync(LogBench.Address.Blob(ShardBlobs.RowsOf(name)), new byte[1], PutCondition.None, token), Deadline(), CancellationToken.None);
            segments.Add(new SegmentEntry(name, added[0].FirstSequence, boundary!.LastSequence, added.Count, null));
        }

        await term.Log.InstallCheckpointAsync(new CheckpointEdit(segments, null, boundary!), Deadline(), CancellationToken.None);
        history.Note(term.Name, $"checkpoint up to {boundary!.LastSequence}");
    }

    private sealed record Term(string Name, ShardLog Log, List<SeenFrame> View);
}
