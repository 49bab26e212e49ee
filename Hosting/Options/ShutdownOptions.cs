using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Shutdown</c>: the way down after SIGTERM.</summary>
public sealed class ShutdownOptions
{
    public const string Section = "Jade:Shutdown";

    /// <summary>
    /// How long the process goes on taking requests while it already says that it is not ready, in seconds. Behind a load balancer, as long as
    /// that one takes to notice; 0 where nobody asks.
    /// </summary>
    [Range(0, 600)]
    public int DrainSeconds { get; set; }

    /// <summary>How long it may then take to finish running requests and to hand its shards over, in seconds.</summary>
    [Range(1, 600)]
    public int FinishSeconds { get; set; } = 30;
}
