namespace JadeVector.Grains.Databases;

/// <summary>How often <see cref="BackupsGrain"/> looks for databases that are due.</summary>
/// <param name="Look">While it is awake.</param>
/// <param name="Reminder">After which it is awake again where its node has died; reminders are for minutes, not seconds.</param>
public sealed record BackupsPace(TimeSpan Look, TimeSpan Reminder)
{
    public static BackupsPace Default { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
}
