namespace JadeVector.Embedded;

/// <summary>Something that an activation runs as turns: a call or a timer tick.</summary>
internal abstract class WorkItem
{
    /// <summary>May start whatever else is running.</summary>
    public abstract bool AlwaysInterleaves { get; }

    /// <summary>May start while another read-only item is what blocks.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Counts as use of the activation.</summary>
    public abstract bool KeepsAlive { get; }

    /// <summary>Runs on the activation's scheduler. Never throws: the outcome goes to whoever waits for it.</summary>
    public abstract Task RunAsync(Activation activation);

    /// <summary>The activation ended before the item started: on to the next activation, if that is right for it.</summary>
    public abstract void Reroute(EmbeddedGrainHost host);

    /// <summary>The activation failed to start.</summary>
    public abstract void Reject(Exception exception);
}
