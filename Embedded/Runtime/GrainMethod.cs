using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;

namespace JadeVector.Embedded;

/// <summary>A method of a grain interface: how it is called, and what of it is copied.</summary>
internal abstract class GrainMethod
{
    // Null where nothing is copied.
    private readonly ArgumentCopier?[] _copiers;

    protected GrainMethod(MethodInfo method)
    {
        Method = method;
        InterfaceName = method.DeclaringType!.FullName!;
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;

        var parameters = method.GetParameters();
        _copiers = Array.ConvertAll(parameters, p =>
            p.IsDefined(typeof(ImmutableAttribute)) || p.ParameterType == typeof(CancellationToken) ? null : ArgumentCopier.Create(p.ParameterType));
        CancellationIndex = Array.FindIndex(parameters, p => p.ParameterType == typeof(CancellationToken));
        Body = Compile(method, parameters);
    }

    public MethodInfo Method { get; }

    public string InterfaceName { get; }

    public bool AlwaysInterleaves { get; }

    public bool IsReadOnly { get; }

    public TimeSpan? ResponseTimeout { get; }

    /// <summary>Which argument is the caller's cancellation token, or -1.</summary>
    public int CancellationIndex { get; }

    /// <summary>Calls the method on a grain object.</summary>
    public Func<object, object?[], Task> Body { get; }

    public static GrainMethod Create(MethodInfo method)
    {
        if (method.IsGenericMethod)
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: generic grain methods are not supported.");
        if (method.ReturnType == typeof(Task))
            return new GrainMethod<Nothing>(method);
        if (method.ReturnType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Task<>))
            return (GrainMethod)Activator.CreateInstance(typeof(GrainMethod<>).MakeGenericType(type.GetGenericArguments()), method)!;
        throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: a grain method returns Task or Task<T>.");
    }

    public abstract GrainCall CreateCall(EmbeddedGrainHost host, GrainReferenceTarget target, object?[] arguments);

    /// <summary>Replaces the arguments by copies where they are not promised to be immutable.</summary>
    public void CopyArguments(object?[] arguments)
    {
        var context = default(CopyContext);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (_copiers[i] is { } copier)
                arguments[i] = copier.Copy(arguments[i], ref context);
        }
    }

    private static Func<object, object?[], Task> Compile(MethodInfo method, ParameterInfo[] parameters)
    {
        var grain = Expression.Parameter(typeof(object), "grain");
        var arguments = Expression.Parameter(typeof(object[]), "arguments");
        var values = parameters.Select((p, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), p.ParameterType));
        var call = Expression.Call(Expression.Convert(grain, method.DeclaringType!), method, values);
        return Expression.Lambda<Func<object, object?[], Task>>(Expression.Convert(call, typeof(Task)), grain, arguments).Compile();
    }
}

internal sealed class GrainMethod<TResult>(MethodInfo method) : GrainMethod(method)
{
    public override GrainCall CreateCall(EmbeddedGrainHost host, GrainReferenceTarget target, object?[] arguments) =>
        new GrainCall<TResult>(host, this, target, arguments);
}

/// <summary>The result of methods that return <see cref="Task"/>.</summary>
internal readonly record struct Nothing;
