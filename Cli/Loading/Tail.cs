using JadeVector.Client;

namespace JadeVector.Cli.Loading;

/// <summary>The rows that are not linked into the graphs yet.</summary>
public static class Tail
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when every shard has linked every row.</summary>
    /// <param name="progress">Gets the rows that are left.</param>
    /// <exception cref="CliException">A shard does not serve.</exception>
    public static async Task WhenDrainedAsync(JadeClient client, string databaseId, Action<long> progress, CancellationToken cancellation)
    {
        while (true)
        {
            var status = await client.GetDatabaseStatusAsync(databaseId, cancellation);
            if (status.Shards.FirstOrDefault(shard => shard.Error is not null) is { } failed)
                throw new CliException($"Shard {failed.Shard} does not serve: {failed.Error}");
            var left = status.Shards.Sum(shard => shard.TailCount);
            progress(left);
            if (left == 0) return;
            await Task.Delay(PollInterval, cancellation);
        }
    }
}
