namespace JadeVector.Hosting.Edge;

/// <summary>What both edges share of the time that a request may take.</summary>
internal static class EdgeTime
{
    /// <summary>From a request's deadline to the moment at which its edge ends it: whoever keeps to the deadline knows more about what was missing by then than the edge, which only ends it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);
}
