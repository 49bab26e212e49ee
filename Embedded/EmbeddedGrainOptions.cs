using System.Reflection;

namespace JadeVector.Embedded;

/// <summary>How the embedded host runs grains. The defaults are those of Orleans.</summary>
public sealed class EmbeddedGrainOptions
{
    /// <summary>Where grain classes are looked for.</summary>
    public IList<Assembly> Assemblies { get; } = [];

    /// <summary>How long a caller waits for an answer before it gets a <see cref="TimeoutException"/>; the call itself goes on.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an activation may be idle before it ends.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often idle activations are looked for.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The name of the grain storage that keeps reminders; null for a host whose grains have none.</summary>
    public string? ReminderStorage { get; set; }

    /// <summary>The shortest period of a reminder.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Who runs turns, one per item handed over; null is the thread pool. A simulator runs them in an order of its own.</summary>
    internal Action<IThreadPoolWorkItem>? RunTurn { get; set; }

    /// <summary>Where calls go that are made here; null is this host's own activations. A simulator of several hosts takes them to another.</summary>
    internal Action<GrainCall>? Route { get; set; }

    /// <summary>How the answers to those calls come back; null is at once.</summary>
    internal Action<Action>? Return { get; set; }
}
