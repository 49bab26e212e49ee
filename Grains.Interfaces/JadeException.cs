namespace JadeVector.Grains.Interfaces;

/// <summary>A request that was refused or could not be answered; crosses grain calls and becomes a problem document at the edge.</summary>
[GenerateSerializer, Alias("jade.exception")]
public sealed class JadeException : Exception
{
    public JadeException(string code, string message, int? shard = null)
        : base(message)
    {
        Code = code;
        Shard = shard;
    }

    /// <summary>Stable, snake_case; one of the engine's refusal codes.</summary>
    [Id(0)]
    public string Code { get; private set; }

    /// <summary>The shard that refused, where it was one.</summary>
    [Id(1)]
    public int? Shard { get; private set; }
}
