namespace JadeVector.Grains.Cluster;

/// <summary>
/// Keeps the native memory of a node's shards within a budget. Beyond it, copies that nobody has asked for lately are let go, the coldest
/// first; when that is not enough, vectors are refused until it is, and the largest copy is saved, since segments take less memory.
/// </summary>
/// <param name="local">The node's copies.</param>
/// <param name="budgetBytes">Of native memory.</param>
/// <param name="clock">Tells how cold a copy is.</param>
public sealed class NodeMemory(LocalCopies local, long budgetBytes, TimeProvider clock)
{
    /// <summary>A copy that was asked for since is not let go: the next call would open it again.</summary>
    public static readonly TimeSpan ColdAfter = TimeSpan.FromSeconds(10);

    /// <summary>Letting go stops below the budget by this part of it, so that it need not begin again at once.</summary>
    private const int SlackDivisor = 10;

    /// <summary>One look; not two at a time.</summary>
    public async Task KeepAsync()
    {
        var copies = local.All.Select(copy => (Copy: copy, Bytes: copy.NativeBytes, copy.UsedAt)).Where(seen => seen.Bytes > 0).ToList();
        var bytes = copies.Sum(seen => seen.Bytes);
        if (bytes > budgetBytes)
        {
            foreach (var (copy, freed, _) in copies.Where(seen => clock.GetElapsedTime(seen.UsedAt) >= ColdAfter).OrderBy(seen => seen.UsedAt))
            {
                copy.LetGo();
                bytes -= freed;
                if (bytes <= budgetBytes - (budgetBytes / SlackDivisor))
                {
                    break;
                }
            }
        }

        local.IsFull = bytes > budgetBytes;
        if (local.IsFull)
        {
            await copies.MaxBy(seen => seen.Bytes).Copy.SaveAsync();
        }
    }
}
