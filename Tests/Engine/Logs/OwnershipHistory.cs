using System.Globalization;
using JadeVector.Engine.Logs;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>A frame as an owner sees it; <see cref="Text"/> is unique in a run.</summary>
internal sealed record SeenFrame(ulong Epoch, ulong FirstSequence, int ItemCount, string Text);

/// <summary>Everything the owners were told, and what must hold of it.</summary>
internal sealed class OwnershipHistory
{
    private readonly Dictionary<string, SeenFrame> _acknowledged = [];
    private readonly HashSet<string> _refused = [];
    private readonly List<(ulong Epoch, string Owner, IReadOnlySet<string> View)> _terms = [];
    private readonly Dictionary<string, IReadOnlyList<SeenFrame>> _segments = [];

    public List<string> Trace { get; } = [];

    public int AcknowledgedCount => _acknowledged.Count;

    public int AcquiredCount => _terms.Count;

    public void Note(string owner, string what) => Trace.Add(string.Create(CultureInfo.InvariantCulture, $"{owner}: {what}"));

    public IReadOnlyList<SeenFrame> Segment(string name) => _segments[name];

    public void WriteSegment(string name, IReadOnlyList<SeenFrame> frames) => _segments[name] = frames;

    /// <summary>Texts acknowledged so far: what a strong read that begins now must see.</summary>
    public IReadOnlyList<string> AcknowledgedNow() => [.. _acknowledged.Keys];

    public void Acquired(string owner, ulong epoch, IReadOnlyList<SeenFrame> view)
    {
        Note(owner, $"acquired epoch {epoch} with {view.Count} frames");
        Require(_terms.TrueForAll(t => t.Epoch != epoch), $"epoch {epoch} has two accepted owners");
        var texts = view.Select(f => f.Text).ToHashSet();
        foreach (var frame in _acknowledged.Values.Where(f => f.Epoch < epoch))
        {
            Require(texts.Contains(frame.Text), $"the owner of epoch {epoch} does not know '{frame.Text}', acknowledged in epoch {frame.Epoch}");
        }

        _terms.Add((epoch, owner, texts));
    }

    public void Acknowledged(string owner, SeenFrame frame)
    {
        Note(owner, $"durable '{frame.Text}' at {frame.FirstSequence}+{frame.ItemCount} in epoch {frame.Epoch}");
        Require(!_refused.Contains(frame.Text), $"'{frame.Text}' was refused before it was acknowledged");
        var isOwner = _terms.Exists(t => t.Epoch == frame.Epoch && t.Owner == owner);
        Require(isOwner, $"'{frame.Text}' was acknowledged by {owner}, who does not own epoch {frame.Epoch}");
        foreach (var (epoch, later, view) in _terms.Where(t => t.Epoch > frame.Epoch))
        {
            Require(view.Contains(frame.Text), $"'{frame.Text}' of epoch {frame.Epoch} was acknowledged after {later} took over epoch {epoch} without it");
        }

        _acknowledged[frame.Text] = frame;
    }

    /// <summary>The owner was told that these frames do not exist and never will.</summary>
    public void Refused(string owner, IEnumerable<string> texts, AppendOutcome outcome)
    {
        foreach (var text in texts)
        {
            Note(owner, $"{outcome} '{text}'");
            _refused.Add(text);
        }
    }

    public void VerifiedStrongly(string owner, IReadOnlyList<string> acknowledgedBefore, IReadOnlyList<SeenFrame> view)
    {
        var texts = view.Select(f => f.Text).ToHashSet();
        foreach (var text in acknowledgedBefore)
        {
            Require(texts.Contains(text), $"{owner} verified its ownership without knowing '{text}', acknowledged before");
        }
    }

    public void CheckFinal(IReadOnlyList<SeenFrame> content)
    {
        var texts = content.Select(f => f.Text).ToHashSet();
        Require(texts.Count == content.Count, "a frame is there twice");
        foreach (var frame in _acknowledged.Values)
        {
            Require(content.Contains(frame), $"'{frame.Text}', acknowledged at {frame.FirstSequence} in epoch {frame.Epoch}, is lost");
        }

        Require(!texts.Overlaps(_refused), "a frame that was refused is visible");
        var next = 1ul;
        var epoch = 0ul;
        foreach (var frame in content)
        {
            Require(frame.FirstSequence == next, $"sequence {frame.FirstSequence} follows where {next} should");
            Require(frame.Epoch >= epoch, "epochs go backwards");
            var isOwners = _terms.Exists(t => t.Epoch == frame.Epoch && frame.Text.StartsWith(t.Owner, StringComparison.Ordinal));
            Require(isOwners, $"'{frame.Text}' is not of the owner of epoch {frame.Epoch}");
            next += (ulong)frame.ItemCount;
            epoch = frame.Epoch;
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException(what);
        }
    }
}
