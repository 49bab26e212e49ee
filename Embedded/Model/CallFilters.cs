using System.Reflection;

namespace Orleans.Serialization.Invocation
{
    /// <summary>The arguments of a call.</summary>
    public interface IInvokable
    {
        int GetArgumentCount();

        object? GetArgument(int index);

        void SetArgument(int index, object? value);
    }
}

namespace Orleans
{
    public interface IGrainCallContext
    {
        Serialization.Invocation.IInvokable Request { get; }

        /// <summary>The grain object.</summary>
        object Grain { get; }

        /// <summary>The grain that called, null for code outside grains.</summary>
        GrainId? SourceId { get; }

        GrainId TargetId { get; }

        string InterfaceName { get; }

        string MethodName { get; }

        MethodInfo InterfaceMethod { get; }

        /// <summary>What the call returned, once <see cref="Invoke"/> is done; may be replaced.</summary>
        object? Result { get; set; }

        /// <summary>Goes on with the next filter or the method itself.</summary>
        Task Invoke();
    }

    public interface IIncomingGrainCallContext : IGrainCallContext
    {
        IGrainContext TargetContext { get; }

        MethodInfo ImplementationMethod { get; }
    }

    /// <summary>Runs around calls, on the activation: all that are registered in the services, in order, then the grain itself if it is one.</summary>
    public interface IIncomingGrainCallFilter
    {
        Task Invoke(IIncomingGrainCallContext context);
    }
}
