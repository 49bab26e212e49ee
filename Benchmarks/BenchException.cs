namespace JadeVector.Benchmarks;

/// <summary>Ends the command: the message is one sentence for the person at the terminal.</summary>
public sealed class BenchException(string message, Exception? cause = null) : Exception(message, cause);
