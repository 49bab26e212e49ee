namespace JadeVector.Grains.Interfaces;

/// <summary>Snapshots that a database takes by itself.</summary>
[GenerateSerializer, Immutable, Alias("jade.backup-schedule")]
public sealed record BackupSchedule
{
    /// <summary>What <see cref="EverySeconds"/> is where no snapshots are to be taken: only in <see cref="DatabaseChanges"/>.</summary>
    public const int Off = 0;

    /// <summary>From one to the next.</summary>
    [Id(0)] public required int EverySeconds { get; init; }

    /// <summary>How many are kept; older ones are let go. Snapshots that somebody asked for are not counted, and stay.</summary>
    [Id(1)] public required int Keep { get; init; }
}
