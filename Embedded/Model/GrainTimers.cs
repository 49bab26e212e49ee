using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of one activation; it ends with the activation at the latest.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Counts anew from now, or from the end of the tick that is running.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

public readonly struct GrainTimerCreationOptions()
{
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Until the first tick; infinite for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>From the end of a tick to the next one; infinite for one tick only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>The tick may run between the turns of other calls, as a reentrant call would.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks count as use of the activation, so it is not collected as idle.</summary>
    public bool KeepAlive { get; init; }
}
