namespace JadeVector.Datasets;

/// <summary>A file of data cannot be used: the message is one sentence for the person at the terminal.</summary>
public sealed class DatasetException(string message, Exception? cause = null) : Exception(message, cause);
