namespace JadeVector.Engine.Determinism;

/// <summary>What decides when a search gets a thread, and whether it still needs one.</summary>
/// <param name="Share">Whose searches take turns with those of others: the database.</param>
/// <param name="Deadline">After which nobody waits for the answer.</param>
public readonly record struct SearchTurn(string Share, DateTimeOffset Deadline);
