using System.Runtime.ExceptionServices;

namespace JadeVector.Benchmarks.Measuring;

internal static class Threads
{
    /// <summary>Runs work on so many threads at once, each of which gets its number, and waits for all; what the first of them threw is thrown.</summary>
    internal static void Run(int count, Action<int> work)
    {
        var failures = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception failure)
            {
                failures[number] = failure;
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failures.FirstOrDefault(failure => failure is not null) is { } first) ExceptionDispatchInfo.Throw(first);
    }
}
