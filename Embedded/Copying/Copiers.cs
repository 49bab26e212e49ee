using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Serialization;

namespace JadeVector.Embedded;

/// <summary>
/// Copies what crosses a grain call, so that caller and callee never share an object that one of them may change.
/// Knows simple values, arrays, the common collections, tuples, grain references and types with serializer attributes;
/// anything else is refused, as it is between two nodes of a cluster.
/// </summary>
internal static class Copiers
{
    private static readonly ConcurrentDictionary<Type, TypeCopier?> All = new();

    private static readonly Type[] Shared =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(Uri), typeof(Version), typeof(Nothing), typeof(object), typeof(GrainId),
    ];

    public static T Copy<T>(T value, ref CopyContext context)
    {
        if (value is null)
            return value;
        if (typeof(T).IsValueType && StaticCopier<T>.IsShared)
            return value;
        var copier = For(value.GetType()) ?? StaticCopier<T>.Fallback ?? throw new CodecNotFoundException(
            $"Could not find a copier for type {value.GetType()}: types that cross grain calls need [GenerateSerializer] and members with [Id].");
        return copier.IsShared ? value : (T)context.Copy(copier, value);
    }

    /// <summary>An exception with serializer attributes as a copy, any other as it is.</summary>
    public static Exception CopyException(Exception exception)
    {
        if (!exception.GetType().IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            return exception;
        try
        {
            var context = default(CopyContext);
            return Copy(exception, ref context);
        }
        catch (CodecNotFoundException notFound)
        {
            return notFound;
        }
    }

    /// <summary>The copier of a run-time type; null where there is none.</summary>
    private static TypeCopier? For(Type type) => All.TryGetValue(type, out var copier) ? copier : All.GetOrAdd(type, Create);

    private static TypeCopier? Create(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || Shared.Contains(type) || typeof(GrainProxy).IsAssignableFrom(type))
            return TypeCopier.SharedInstance;
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            return type.IsDefined(typeof(ImmutableAttribute), inherit: false) ? TypeCopier.SharedInstance : ObjectCopier.Create(type);
        if (type.IsSZArray)
            return Generic(typeof(ArrayCopier<>), type.GetElementType()!);
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var definition)
        {
            var arguments = type.GetGenericArguments();
            if (definition == typeof(List<>))
                return Generic(typeof(ListCopier<>), arguments);
            if (definition == typeof(HashSet<>))
                return Generic(typeof(HashSetCopier<>), arguments);
            if (definition == typeof(Dictionary<,>))
                return Generic(typeof(DictionaryCopier<,>), arguments);
            if (definition == typeof(KeyValuePair<,>) || definition.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal))
                return new FieldsCopier(type, type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public), keepOthers: true);
        }

        // Exceptions of the framework and of libraries: they are not changed after they are thrown.
        if (type.IsSubclassOf(typeof(Exception)) || type == typeof(Exception))
            return TypeCopier.SharedInstance;
        return null;
    }

    // A value of any type that is declared as a collection interface crosses as the plain collection (collection expressions, LINQ results).
    private static TypeCopier? CreateFallback(Type type)
    {
        if (!type.IsInterface || !type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        if (definition == typeof(IReadOnlyList<>) || definition == typeof(IReadOnlyCollection<>) || definition == typeof(IEnumerable<>)
            || definition == typeof(IList<>) || definition == typeof(ICollection<>))
            return Generic(typeof(SequenceCopier<>), type.GetGenericArguments());
        return definition == typeof(IReadOnlyDictionary<,>) || definition == typeof(IDictionary<,>)
            ? Generic(typeof(PairsCopier<,>), type.GetGenericArguments())
            : null;
    }

    private static TypeCopier Generic(Type definition, params Type[] arguments) =>
        (TypeCopier)Activator.CreateInstance(definition.MakeGenericType(arguments))!;

    private static class StaticCopier<T>
    {
        public static readonly bool IsShared = For(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) is { IsShared: true };

        public static readonly TypeCopier? Fallback = CreateFallback(typeof(T));
    }
}

/// <summary>Copies an argument as its parameter declares it.</summary>
internal abstract class ArgumentCopier
{
    public static ArgumentCopier Create(Type type) => (ArgumentCopier)Activator.CreateInstance(typeof(ArgumentCopier<>).MakeGenericType(type))!;

    public abstract object? Copy(object? value, ref CopyContext context);
}

internal sealed class ArgumentCopier<T> : ArgumentCopier
{
    public override object? Copy(object? value, ref CopyContext context) => Copiers.Copy((T?)value, ref context);
}
