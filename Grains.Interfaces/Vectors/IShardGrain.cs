using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>One index partition: the copy that may own it. Key: <c>{databaseId}/{shard}</c>. All members throw <see cref="JadeException"/> for a refusal.</summary>
[Alias("jade.IShardGrain")]
[Version(1)]
public interface IShardGrain : IShardReads
{
    [Alias("Write")]
    Task<ShardWriteReply> Write(ShardWrite write);

    [Alias("GetStatus")]
    Task<ShardStatus> GetStatus();

    /// <summary>Turns the log so far into a segment; returns when it is installed.</summary>
    [Alias("Checkpoint")]
    Task Checkpoint();

    /// <summary>Goes to another node: running calls finish here, later ones are answered there.</summary>
    /// <param name="address">In the actor runtime's text form; null for wherever placement says.</param>
    [Alias("Move")]
    Task Move(string? address);

    /// <summary>Fences the shard for good and removes its blobs. Called by the database grain only; repeating it is harmless.</summary>
    [Alias("Delete")]
    Task Delete();
}
