using System.Reflection;

namespace JadeVector.Embedded;

/// <summary>A reference to a grain. The grain's interface is implemented by a derived class made at run time.</summary>
public abstract class GrainProxy : DispatchProxy
{
    public abstract GrainId GrainId { get; }
}
