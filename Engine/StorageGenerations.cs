using System.Globalization;

namespace JadeVector.Engine;

/// <summary>
/// All formats on storage under one number: a release that changes any of them so that older ones cannot open it is a new generation.
/// While a cluster is updated, nodes of two releases share one store; each must be able to open what any of them writes.
/// What belongs to which generation is told in <c>docs/formats/generations.md</c>.
/// </summary>
/// <param name="OldestRead">The oldest generation that the release opens.</param>
/// <param name="NewestRead">The newest one that it opens, and writes unless told otherwise.</param>
/// <param name="Written">What this node writes.</param>
public sealed record StorageGenerations(int OldestRead, int NewestRead, int Written)
{
    public static StorageGenerations OfThisRelease { get; } = new(1, 1, 1);

    /// <param name="generation">Null is the release's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">This release does not write that generation.</exception>
    public StorageGenerations Writing(int? generation)
    {
        var written = generation ?? NewestRead;
        ArgumentOutOfRangeException.ThrowIfLessThan(written, OldestRead, nameof(generation));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(written, NewestRead, nameof(generation));
        return this with { Written = written };
    }

    /// <summary>Why a node like this one must not join a member like <paramref name="other"/>; null when it may.</summary>
    /// <param name="otherName">For the message.</param>
    public string? ConflictWith(StorageGenerations other, string otherName)
    {
        if (Written > other.NewestRead)
        {
            return $"This node would write storage generation {Written}, which member '{otherName}' cannot open (it reads {other.OldestRead} to {other.NewestRead}). "
                + $"Set Jade:Storage:WriteGeneration to {other.NewestRead} until every member runs this release.";
        }

        if (other.Written > NewestRead)
        {
            return $"Member '{otherName}' writes storage generation {other.Written}, which this release cannot open (it reads {OldestRead} to {NewestRead}). Start a newer release.";
        }

        return other.Written < OldestRead
            ? $"Member '{otherName}' writes storage generation {other.Written}, which this release does not open any more (it reads {OldestRead} to {NewestRead}). Update over a release in between."
            : null;
    }

    /// <summary>As <c>1-2:1</c>: oldest and newest read, and what is written.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{OldestRead}-{NewestRead}:{Written}");

    /// <summary>From what <see cref="ToString"/> gave.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static StorageGenerations Parse(string text)
    {
        var parts = text.Split('-', ':');
        return parts.Length == 3
            ? new StorageGenerations(Number(parts[0]), Number(parts[1]), Number(parts[2]))
            : throw new FormatException($"'{text}' does not name storage generations.");

        static int Number(string part) => int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
