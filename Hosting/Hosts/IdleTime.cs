namespace JadeVector.Hosting.Hosts;

internal static class IdleTime
{
    private static readonly TimeSpan LookEveryMax = TimeSpan.FromMinutes(1);

    /// <summary>How often to look for what is idle: often enough that it stays little longer than it may.</summary>
    public static TimeSpan LookEvery(TimeSpan idle) => idle / 4 < LookEveryMax ? idle / 4 : LookEveryMax;
}
