namespace JadeVector.Tests.Support;

/// <summary>Runs a test on one thread in simulated time: whatever waits is woken in order of time, and nothing takes any.</summary>
internal static class VirtualTime
{
    public static void Run(ManualClock clock, Func<Task> test) => new SeededInterleaving(seed: 1, clock).Run([test]);
}
