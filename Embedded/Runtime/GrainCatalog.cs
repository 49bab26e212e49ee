using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans.Concurrency;

namespace JadeVector.Embedded;

/// <summary>The grain classes of the given assemblies, and which interface leads to which class.</summary>
internal sealed class GrainCatalog
{
    private static readonly ConcurrentDictionary<string, GrainCatalog> Made = new();

    private readonly FrozenDictionary<Type, GrainInterface?> _interfaces;
    private readonly FrozenDictionary<GrainType, GrainInterface> _remindables;

    public GrainCatalog(IEnumerable<Assembly> assemblies)
    {
        var interfaces = new Dictionary<Type, GrainInterface?>();
        var kinds = new Dictionary<GrainType, Type>();
        var remindables = new Dictionary<GrainType, GrainInterface>();
        foreach (var type in assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()))
        {
            if (!type.IsClass || type.IsAbstract || type.IsGenericTypeDefinition || !type.IsSubclassOf(typeof(Grain)))
                continue;

            var grainClass = new GrainClass(type);
            if (!kinds.TryAdd(grainClass.Kind, type))
                throw new InvalidOperationException($"{type} and {kinds[grainClass.Kind]} are both grains of the kind '{grainClass.Kind}'.");
            if (type.IsAssignableTo(typeof(IRemindable)))
                remindables.Add(grainClass.Kind, new GrainInterface(typeof(IRemindable), grainClass));
            foreach (var contract in type.GetInterfaces().Where(IsGrainInterface))
            {
                // What several classes implement is the common base of their contracts: nothing to get a grain by.
                if (!interfaces.TryAdd(contract, new GrainInterface(contract, grainClass)))
                    interfaces[contract] = null;
            }
        }

        _interfaces = interfaces.ToFrozenDictionary();
        _remindables = remindables.ToFrozenDictionary();
    }

    /// <summary>The catalog of those assemblies; hosts of one process share it, since making it compiles a delegate per method.</summary>
    public static GrainCatalog Of(IEnumerable<Assembly> assemblies)
    {
        Assembly[] distinct = [.. assemblies.Distinct()];
        return Made.GetOrAdd(string.Join('|', distinct.Select(assembly => assembly.FullName)), static (_, all) => new GrainCatalog(all), distinct);
    }

    public GrainInterface this[Type type] => _interfaces.TryGetValue(type, out var found)
        ? found ?? throw new ArgumentException($"Unable to identify a single appropriate grain type for interface {type}.")
        : throw new ArgumentException($"Could not find an implementation for interface {type}.");

    /// <summary>Where the reminders of grains of that kind go.</summary>
    public GrainInterface Remindable(GrainType kind) => _remindables.TryGetValue(kind, out var found)
        ? found
        : throw new ArgumentException($"No grain class of the kind '{kind}' has reminders.");

    private static bool IsGrainInterface(Type type) =>
        typeof(IGrain).IsAssignableFrom(type) && type != typeof(IGrain) && type != typeof(IGrainWithStringKey) && type != typeof(IGrainWithIntegerKey);
}

/// <summary>A grain interface with its methods and those of the interfaces it extends.</summary>
internal sealed record GrainInterface(Type Type, GrainClass Class)
{
    public FrozenDictionary<MethodInfo, GrainMethod> Methods { get; } =
        Type.GetInterfaces().Append(Type).SelectMany(type => type.GetMethods()).ToFrozenDictionary(method => method, GrainMethod.Create);
}

/// <summary>A grain class and what its attributes say.</summary>
internal sealed class GrainClass
{
    private const string GrainSuffix = "grain";

    public GrainClass(Type type)
    {
        Type = type;
        Kind = type.GetCustomAttribute<GrainTypeAttribute>()?.Type ?? KindByConvention(type);
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxLocalWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers;
        CollectionAge = type.IsDefined(typeof(KeepAliveAttribute))
            ? TimeSpan.MaxValue
            : type.GetCustomAttribute<CollectionAgeLimitAttribute>() is { } limit ? limit.AlwaysActive ? TimeSpan.MaxValue : limit.AgeLimit : null;
        Create = GrainConstructor.Compile(type);
    }

    public Type Type { get; }

    public GrainType Kind { get; }

    public bool IsReentrant { get; }

    /// <summary>For stateless workers; null for grains with one activation.</summary>
    public int? MaxLocalWorkers { get; }

    /// <summary>Idle time before collection; null for the host's.</summary>
    public TimeSpan? CollectionAge { get; }

    /// <summary>Makes a grain object; its persistent states are added to the activation on the way.</summary>
    public Func<Activation, object> Create { get; }

    // The names that Orleans gives: they are part of the names of stored states.
    private static GrainType KindByConvention(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return GrainType.Create(name.Length > GrainSuffix.Length && name.EndsWith(GrainSuffix, StringComparison.Ordinal) ? name[..^GrainSuffix.Length] : name);
    }
}
