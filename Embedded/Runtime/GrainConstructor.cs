using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace JadeVector.Embedded;

/// <summary>Finds the arguments of a grain class's one public constructor: the context, persistent states, services.</summary>
internal static class GrainConstructor
{
    private static readonly MethodInfo StateFactory = typeof(GrainConstructor).GetMethod(nameof(CreateState), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static Func<Activation, object> Compile(Type type)
    {
        var constructors = type.GetConstructors();
        if (constructors.Length != 1)
            throw new InvalidOperationException($"The grain class {type} needs one public constructor; it has {constructors.Length}.");
        var invoker = ConstructorInvoker.Create(constructors[0]);
        var arguments = Array.ConvertAll(constructors[0].GetParameters(), Argument);
        return activation => invoker.Invoke(Array.ConvertAll(arguments, argument => argument(activation)).AsSpan());
    }

    private static Func<Activation, object?> Argument(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(IGrainContext))
            return activation => activation;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } attribute)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
                throw new ArgumentException($"Parameter '{parameter.Name}' of {parameter.Member.DeclaringType} is not an IPersistentState<T>.");
            var factory = StateFactory.MakeGenericMethod(type.GetGenericArguments());
            return factory.CreateDelegate<Func<PersistentStateAttribute, Func<Activation, object?>>>()(attribute);
        }

        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        if (parameter.HasDefaultValue)
            return activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue;
        return activation => activation.ActivationServices.GetRequiredService(type);
    }

    private static Func<Activation, object?> CreateState<TState>(PersistentStateAttribute attribute) => activation =>
    {
        var state = new PersistentState<TState>(activation, attribute.StateName, attribute.StorageName);
        activation.AddState(state);
        return state;
    };
}
