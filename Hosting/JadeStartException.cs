namespace JadeVector.Hosting;

/// <summary>The node cannot start as it is configured; the message says what is wrong and how to mend it.</summary>
public sealed class JadeStartException(string message, Exception? inner = null) : Exception(message, inner);
