// Null-oblivious as in Orleans, so that one implementation compiles without warnings on both hosts.
#nullable disable
namespace Orleans
{
    /// <summary>A state with its version in the store.</summary>
    public interface IGrainState<T>
    {
        T State { get; set; }

        string ETag { get; set; }

        bool RecordExists { get; set; }
    }

    [GenerateSerializer]
    public sealed class GrainState<T> : IGrainState<T>
    {
        public GrainState()
        {
        }

        public GrainState(T state)
            : this(state, null)
        {
        }

        public GrainState(T state, string eTag)
        {
            State = state;
            ETag = eTag;
        }

        [Id(0)]
        public T State { get; set; }

        [Id(1)]
        public string ETag { get; set; }

        [Id(2)]
        public bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>Where grain states live. Registered in the services under the storage's name as key.</summary>
    public interface IGrainStorage
    {
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <exception cref="InconsistentStateException">The state in the store is not the one that was read.</exception>
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        /// <exception cref="InconsistentStateException">The state in the store is not the one that was read.</exception>
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
    }

    /// <summary>The state in the store has another version. When it leaves a grain call, that activation ends, so the next one reads anew.</summary>
    [GenerateSerializer]
    public class InconsistentStateException : OrleansException
    {
        public InconsistentStateException()
        {
        }

        public InconsistentStateException(string message)
            : base(message)
        {
        }

        public InconsistentStateException(string message, Exception innerException)
            : base(message, innerException)
        {
        }

        public InconsistentStateException(string errorMsg, string storedEtag, string currentEtag)
            : this(errorMsg, storedEtag, currentEtag, null)
        {
        }

        public InconsistentStateException(string errorMsg, string storedEtag, string currentEtag, Exception storageException)
            : base(errorMsg, storageException)
        {
            StoredEtag = storedEtag;
            CurrentEtag = currentEtag;
        }

        /// <summary>False once it ended the activation that it came from: callers that let it pass stay.</summary>
        [Id(0)]
        internal bool IsSourceActivation { get; set; } = true;

        [Id(1)]
        public string StoredEtag { get; private set; }

        [Id(2)]
        public string CurrentEtag { get; private set; }
    }
}
