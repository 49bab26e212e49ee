namespace JadeVector.Grains.Cluster;

/// <summary>A copy of a shard as the node that has it in its memory sees it. Safe for use from any thread.</summary>
public interface ILocalCopy
{
    /// <summary>Native and mapped memory; 0 while the copy is being opened.</summary>
    long MemoryBytes { get; }

    /// <summary>Of that, what the system cannot take back by itself.</summary>
    long NativeBytes { get; }

    /// <summary>When the last call came, by the clock's timestamps.</summary>
    long UsedAt { get; }

    /// <summary>Frees the memory once what runs has ended; the next call opens the copy again.</summary>
    void LetGo();

    /// <summary>Turns what is only in memory and in the log into segments, which take less memory; for a read copy nothing.</summary>
    Task SaveAsync();
}
