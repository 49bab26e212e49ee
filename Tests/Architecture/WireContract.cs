using System.Reflection;
using System.Text;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace JadeVector.Tests.Architecture;

/// <summary>What crosses grain interfaces, as text, with everything that is wrong about it.</summary>
internal sealed class WireContract
{
    private static readonly HashSet<Type> Plain =
    [
        typeof(bool), typeof(byte), typeof(int), typeof(long), typeof(ulong), typeof(uint), typeof(float), typeof(double), typeof(string),
        typeof(DateTimeOffset), typeof(TimeSpan), typeof(Guid), typeof(CancellationToken),
    ];

    private static readonly HashSet<Type> Collections =
    [
        typeof(IReadOnlyList<>), typeof(IReadOnlyDictionary<,>), typeof(List<>), typeof(Dictionary<,>), typeof(Nullable<>),
    ];

    private readonly SortedDictionary<string, string> _interfaces = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<Type> _seen = [];

    private WireContract()
    {
    }

    /// <summary>One line per mistake.</summary>
    public List<string> Mistakes { get; } = [];

    public static WireContract Of(IEnumerable<Type> types)
    {
        var contract = new WireContract();
        foreach (var type in types)
        {
            if (type.IsInterface && typeof(IGrain).IsAssignableFrom(type))
                contract.AddInterface(type);
            else if (type.IsDefined(typeof(GenerateSerializerAttribute)))
                contract.AddValue(type, type.Name);
        }

        return contract;
    }

    public override string ToString() => string.Concat(_interfaces.Values.Concat(_types.Values));

    private void AddInterface(Type type)
    {
        IEnumerable<string> parents = type.GetInterfaces().Where(parent => parent != typeof(IGrain) && typeof(IGrain).IsAssignableFrom(parent))
            .Select(parent => parent.IsDefined(typeof(AliasAttribute)) ? AliasOf(parent) : parent.Name).Order(StringComparer.Ordinal);
        if (type.GetCustomAttribute<VersionAttribute>() is not { } version)
            Mistakes.Add($"{type.Name} has no [Version].");
        else
            parents = parents.Append($"version {version.Version}");
        var text = new StringBuilder($"interface {AliasOf(type)} {string.Join(' ', parents)}\n");
        foreach (var method in type.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))
        {
            if (type.GetMethods().Count(other => other.Name == method.Name) > 1)
                Mistakes.Add($"{type.Name}.{method.Name} is overloaded.");
            if (method.IsGenericMethod)
                Mistakes.Add($"{type.Name}.{method.Name} is generic.");
            var where = $"{type.Name}.{method.Name}";
            var parameters = method.GetParameters().Select(p => NameOf(p.ParameterType, where) + (p.IsDefined(typeof(ImmutableAttribute)) ? " immutable" : ""));
            text.Append($"  {AliasOf(method)}({string.Join(", ", parameters)}) -> {ResultOf(method, where)}{Rules(method)}\n");
        }

        Add(_interfaces, type, text.ToString());
    }

    private string ResultOf(MethodInfo method, string where)
    {
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask))
            return "nothing";
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return NameOf(type.GetGenericArguments()[0], where);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
            return $"stream of {NameOf(type.GetGenericArguments()[0], where)}";
        Mistakes.Add($"{where} returns no task and no stream.");
        return type.Name;
    }

    private static string Rules(MethodInfo method) =>
        (method.IsDefined(typeof(ReadOnlyAttribute)) ? " read-only" : "")
        + (method.IsDefined(typeof(AlwaysInterleaveAttribute)) ? " always-interleave" : "")
        + (method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout is { } timeout ? $" within {timeout}" : "");

    /// <summary>The name of a type on the wire; its members are added to the contract.</summary>
    private string NameOf(Type type, string where)
    {
        if (Plain.Contains(type))
            return type.Name;
        if (type.IsSZArray)
            return NameOf(type.GetElementType()!, where) + "[]";
        if (type.IsGenericType && Collections.Contains(type.GetGenericTypeDefinition()))
            return $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(argument => NameOf(argument, where)))}>";
        AddValue(type, where);
        return type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name;
    }

    private void AddValue(Type type, string where)
    {
        if (!_seen.Add(type))
            return;
        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            Mistakes.Add($"{type} crosses at {where} without [GenerateSerializer].");
            return;
        }

        var kind = type.IsEnum ? "enum" : type.IsSubclassOf(typeof(Exception)) ? "exception" : type.IsValueType ? "struct" : "class";
        var text = new StringBuilder($"{kind} {AliasOf(type)}{(type.IsDefined(typeof(ImmutableAttribute)) ? " immutable" : "")}\n");
        if (!type.IsEnum && kind != "exception" && !type.IsDefined(typeof(ImmutableAttribute)))
            Mistakes.Add($"{type.Name} is not [Immutable]: every call would copy it.");
        if (type.IsEnum)
            text.Append($"  {string.Join(", ", Enum.GetValues(type).Cast<object>().Select(value => $"{Convert.ToInt64(value)} {value}"))}\n");
        else
            AddMembers(type, text);
        Add(_types, type, text.ToString());
    }

    private void AddMembers(Type type, StringBuilder text)
    {
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Exception))
            text.Append($"  base {NameOf(parent, type.Name)}\n");
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var members = new SortedDictionary<uint, string>();
        foreach (var field in type.GetFields(Declared))
        {
            // An auto-property and its field are one member; the attribute sits on the property.
            var property = field.Name.StartsWith('<') ? type.GetProperty(field.Name[1..field.Name.IndexOf('>')], Declared) : null;
            var member = (MemberInfo?)property ?? field;
            if (member.GetCustomAttribute<IdAttribute>() is not { } id)
                Mistakes.Add($"{type.Name}.{member.Name} has no [Id].");
            else if (!members.TryAdd(id.Id, $"  {id.Id} {member.Name} {NameOf(field.FieldType, $"{type.Name}.{member.Name}")}\n"))
                Mistakes.Add($"{type.Name} has two members with [Id({id.Id})].");
            if (!field.IsInitOnly && !type.IsSubclassOf(typeof(Exception)))
                Mistakes.Add($"{type.Name}.{member.Name} can be changed after it was sent.");
        }

        foreach (var line in members.Values)
            text.Append(line);
    }

    private string AliasOf(MemberInfo member)
    {
        if (member.GetCustomAttribute<AliasAttribute>() is { } alias)
            return alias.Alias;
        Mistakes.Add($"{(member is MethodInfo ? member.DeclaringType!.Name + "." : "")}{member.Name} has no [Alias].");
        return member.Name;
    }

    private void Add(SortedDictionary<string, string> contracts, Type type, string text)
    {
        if (!contracts.TryAdd(AliasOf(type), text))
            Mistakes.Add($"{type.Name}: the alias is taken.");
    }
}
