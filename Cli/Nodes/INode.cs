namespace JadeVector.Cli.Nodes;

/// <summary>A node that can be killed and started again over the same data.</summary>
public interface INode
{
    /// <summary>Whether it was started and has not ended since.</summary>
    bool IsRunning { get; }

    /// <summary>What it printed last, for messages.</summary>
    string LastWords { get; }

    /// <summary>Starts over what the last run left.</summary>
    /// <returns>The address, once it takes requests.</returns>
    /// <exception cref="CliException">It does not start.</exception>
    Task<Uri> StartAsync(CancellationToken cancellation);

    /// <summary>Ends it without warning. Returns when it is gone.</summary>
    /// <exception cref="CliException">It was gone already: it crashed.</exception>
    Task KillAsync();
}
