using System.CodeDom.Compiler;
using System.Reflection;
using System.Reflection.Emit;

namespace JadeVector.Tests.Architecture;

/// <summary>The Orleans types and members that an assembly's own code uses: read from signatures, attributes and method bodies.</summary>
internal static class OrleansApi
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static SortedSet<string> UsedBy(Assembly assembly) => UsedBy(assembly.GetTypes().Where(type => !IsGenerated(type)));

    public static SortedSet<string> UsedBy(IEnumerable<Type> types)
    {
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            AddType(used, type.BaseType);
            foreach (var contract in type.GetInterfaces())
                AddType(used, contract);
            AddAttributes(used, type);
            foreach (var field in type.GetFields(Declared))
            {
                AddType(used, field.FieldType);
                AddAttributes(used, field);
            }

            foreach (var property in type.GetProperties(Declared))
                AddAttributes(used, property);
            foreach (var method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
                AddMethod(used, method);
        }

        return used;
    }

    // What Orleans' source generator puts beside the code of the Microsoft build.
    private static bool IsGenerated(Type type) =>
        type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) == true
        || type.GetCustomAttribute<GeneratedCodeAttribute>()?.Tool == "OrleansCodeGen"
        || (type.DeclaringType is { } outer && IsGenerated(outer));

    private static void AddMethod(SortedSet<string> used, MethodBase method)
    {
        AddAttributes(used, method);
        if (method is MethodInfo { ReturnType: var result })
            AddType(used, result);
        foreach (var parameter in method.GetParameters())
        {
            AddType(used, parameter.ParameterType);
            foreach (var attribute in parameter.CustomAttributes)
                AddType(used, attribute.AttributeType);
        }

        if (method.GetMethodBody() is not { } body)
            return;
        foreach (var local in body.LocalVariables)
            AddType(used, local.LocalType);
        foreach (var clause in body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause))
            AddType(used, clause.CatchType);
        AddBody(used, method, body.GetILAsByteArray()!);
    }

    private static void AddBody(SortedSet<string> used, MethodBase method, byte[] il)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var value = il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at];
            var code = OpCodesByValue[value];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                AddMember(used, method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments));
            at += OperandSize(code, il, at);
        }
    }

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };

    private static void AddMember(SortedSet<string> used, MemberInfo? member)
    {
        if (member is Type type)
        {
            AddType(used, type);
            return;
        }

        if (member is MethodInfo { IsGenericMethod: true } method)
        {
            foreach (var argument in method.GetGenericArguments())
                AddType(used, argument);
        }

        if (member?.DeclaringType is not { } owner)
            return;
        AddType(used, owner);
        if (IsOrleans(owner))
            used.Add($"{NameOf(owner)}.{member.Name}");
    }

    private static void AddAttributes(SortedSet<string> used, MemberInfo member)
    {
        foreach (var attribute in member.CustomAttributes)
            AddType(used, attribute.AttributeType);
    }

    private static void AddType(SortedSet<string> used, Type? type)
    {
        if (type is null)
            return;
        if (type.HasElementType)
            AddType(used, type.GetElementType());
        if (type.IsConstructedGenericType)
        {
            foreach (var argument in type.GetGenericArguments())
                AddType(used, argument);
        }

        if (IsOrleans(type))
            used.Add(NameOf(type));
    }

    private static bool IsOrleans(Type type) =>
        !type.IsGenericParameter && (type.Namespace == "Orleans" || type.Namespace?.StartsWith("Orleans.", StringComparison.Ordinal) == true);

    private static string NameOf(Type type) => (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName!;
}
