namespace Orleans.Runtime
{
    [GenerateSerializer]
    public class OrleansException : Exception
    {
        public OrleansException()
            : base("Unexpected error.")
        {
        }

        public OrleansException(string message)
            : base(message)
        {
        }

        public OrleansException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A call was turned away before it reached an activation.</summary>
    [GenerateSerializer]
    public class OrleansMessageRejectionException : OrleansException
    {
        public OrleansMessageRejectionException(string message)
            : base(message)
        {
        }

        public OrleansMessageRejectionException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>The host stops or has stopped; whether the call ran is not known.</summary>
    [GenerateSerializer]
    public sealed class SiloUnavailableException(string message) : OrleansMessageRejectionException(message);
}

namespace Orleans.Serialization
{
    /// <summary>A value crossed a grain call whose type has no serializer attributes.</summary>
    public sealed class CodecNotFoundException(string message) : Exception(message);
}
