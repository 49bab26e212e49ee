namespace Orleans.Concurrency
{
    /// <summary>Calls of this class interleave at their awaits.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ReentrantAttribute : Attribute;

    /// <summary>This method may run between the turns of any other call.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class AlwaysInterleaveAttribute : Attribute;

    /// <summary>Calls of read-only methods interleave with each other, with nothing else.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ReadOnlyAttribute : Attribute;

    /// <summary>No state and no single activation: calls go to an idle one of up to <paramref name="maxLocalWorkers"/> activations.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : Attribute
    {
        public StatelessWorkerAttribute()
            : this(Environment.ProcessorCount)
        {
        }

        internal int MaxLocalWorkers { get; } = maxLocalWorkers;
    }
}

namespace Orleans.Runtime
{
    /// <summary>How the host finds a node for an activation. One process is its own place.</summary>
    public abstract class PlacementStrategy;
}

namespace Orleans.Metadata
{
    /// <summary>An attribute that tells the runtime something of a grain class.</summary>
    public interface IGrainPropertiesProviderAttribute;
}

namespace Orleans.CodeGeneration
{
    /// <summary>The number of a grain interface's contract. This host has one release of each, so it compares none.</summary>
    [AttributeUsage(AttributeTargets.Interface)]
    public sealed class VersionAttribute(ushort version) : Attribute
    {
        public ushort Version { get; } = version;
    }
}

namespace Orleans.Placement
{
    /// <summary>Names the strategy of a grain class.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class PlacementAttribute(PlacementStrategy placement) : Attribute, Orleans.Metadata.IGrainPropertiesProviderAttribute
    {
        public PlacementStrategy PlacementStrategy { get; } = placement;
    }

    [Flags]
    public enum ImmovableKind : byte
    {
        Repartitioner = 1,
        Rebalancer = 2,
        Any = Repartitioner | Rebalancer,
    }

    /// <summary>A running activation is not moved to another node. In one process there is nowhere to move to.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ImmovableAttribute(ImmovableKind kind = ImmovableKind.Any) : Attribute
    {
        public ImmovableKind Kind { get; } = kind;
    }
}

namespace Orleans
{
    /// <summary>How long an activation of this class may be idle before it is collected; at least a minute.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public class CollectionAgeLimitAttribute : Attribute
    {
        public double Days { get; set; }

        public double Hours { get; set; }

        public double Minutes { get; set; }

        public bool AlwaysActive { get; set; }

        public TimeSpan AgeLimit => AlwaysActive
            ? TimeSpan.FromDays(short.MaxValue)
            : TimeSpan.FromMinutes(Math.Max(1, (((Days * 24) + Hours) * 60) + Minutes));
    }

    /// <summary>Activations of this class are never collected as idle.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public class KeepAliveAttribute : Attribute;
}
