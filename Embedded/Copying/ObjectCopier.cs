using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans.Serialization;

namespace JadeVector.Embedded;

/// <summary>What of a type with [GenerateSerializer] crosses: the fields and properties with [Id], of it and of its bases. The rest starts as new.</summary>
internal static class ObjectCopier
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static TypeCopier Create(Type type)
    {
        var copied = new List<FieldInfo>();
        var isException = type.IsSubclassOf(typeof(Exception));

        // The framework's own bases (object, ValueType, Exception) have no members of ours.
        for (var level = type; level is not null && level.Namespace != nameof(System); level = level.BaseType)
        {
            if (!level.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
                throw new CodecNotFoundException($"{level}, a base of {type}, has no [GenerateSerializer].");
            copied.AddRange(level.GetFields(Declared).Where(IsMember));
            foreach (var property in level.GetProperties(Declared).Where(property => property.IsDefined(typeof(IdAttribute))))
            {
                copied.Add(level.GetField($"<{property.Name}>k__BackingField", Declared)
                    ?? throw new CodecNotFoundException($"{level}.{property.Name} has [Id] but is no auto-property."));
            }
        }

        return isException ? new ExceptionCopier(type, [.. copied]) : new FieldsCopier(type, [.. copied], keepOthers: false);
    }

    private static bool IsMember(FieldInfo field) => field.IsDefined(typeof(IdAttribute));
}

/// <summary>Copies the given fields by generated code, since reflection would cost more than the call.</summary>
internal class FieldsCopier : TypeCopier
{
    private delegate void CopyFields(object source, object target, ref CopyContext context);

    private static readonly MethodInfo CopyValue = typeof(Copiers).GetMethod(nameof(Copiers.Copy))!;

    private readonly Type _type;
    private readonly CopyFields _copy;
    private readonly ConstructorInvoker? _constructor;

    /// <param name="keepOthers">Start from the bits of the source instead of a new object.</param>
    public FieldsCopier(Type type, FieldInfo[] fields, bool keepOthers)
    {
        _type = type;
        _copy = Compile(type, fields);
        _constructor = !keepOthers && type.GetConstructor(Type.EmptyTypes) is { } constructor ? ConstructorInvoker.Create(constructor) : null;
    }

    public override object Allocate(object source) => _constructor is null ? RuntimeHelpers.GetUninitializedObject(_type) : _constructor.Invoke();

    public override void Fill(object source, object target, ref CopyContext context) => _copy(source, target, ref context);

    // IL, because expression trees refuse to assign read-only fields, which is what init-only properties are stored in.
    private static CopyFields Compile(Type type, FieldInfo[] fields)
    {
        Type[] parameters = [typeof(object), typeof(object), typeof(CopyContext).MakeByRefType()];
        var method = new DynamicMethod($"Copy {type.Name}", typeof(void), parameters, type, skipVisibility: true);
        var il = method.GetILGenerator();
        var unwrap = type.IsValueType ? OpCodes.Unbox : OpCodes.Castclass;
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(unwrap, type);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(unwrap, type);
            il.Emit(OpCodes.Ldfld, field);
            if (!IsHandedOver(field))
            {
                il.Emit(OpCodes.Ldarg_2);
                il.Emit(OpCodes.Call, CopyValue.MakeGenericMethod(field.FieldType));
            }

            il.Emit(OpCodes.Stfld, field);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<CopyFields>();
    }

    private static bool IsHandedOver(FieldInfo field)
    {
        if (field.FieldType.IsPrimitive || field.FieldType == typeof(string) || field.IsDefined(typeof(ImmutableAttribute)))
            return true;
        return field.Name.StartsWith('<')
            && field.DeclaringType!.GetProperty(field.Name[1..field.Name.IndexOf('>')], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                is { } property
            && property.IsDefined(typeof(ImmutableAttribute));
    }
}

/// <summary>An exception keeps what <see cref="Exception"/> holds (message, stack trace, inner exception); of its own members those with [Id] cross.</summary>
internal sealed class ExceptionCopier(Type type, FieldInfo[] fields) : FieldsCopier(type, fields, keepOthers: true)
{
    private static readonly Action<Exception, Exception> CopyBase = CompileBase();

    public override void Fill(object source, object target, ref CopyContext context)
    {
        CopyBase((Exception)source, (Exception)target);
        base.Fill(source, target, ref context);
    }

    private static Action<Exception, Exception> CompileBase()
    {
        var method = new DynamicMethod("Copy Exception", typeof(void), [typeof(Exception), typeof(Exception)], typeof(Exception), skipVisibility: true);
        var il = method.GetILGenerator();
        foreach (var field in typeof(Exception).GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Stfld, field);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<Exception, Exception>>();
    }
}
