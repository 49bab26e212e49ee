using System.Runtime.CompilerServices;
using JadeVector.Engine.Blobs;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Storage;

/// <summary>
/// The store as one process reaches it: every request travels, takes effect at the store at one moment, and its answer travels back.
/// On the way it may fail, be lost or be late, as the mix of the run has it.
/// </summary>
internal sealed class StoreConnection(SimulatedWorld world, SimulatedProcess process, SimulatedStore store, FaultMix faults) : IBlobStore
{
    // As a client library that gives up in the end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    /// <summary>The store cannot be reached from here before that time.</summary>
    public TimeSpan CutOffUntil { get; set; }

    public Task<BlobContent?> GetAsync(string name, CancellationToken cancellation) =>
        SendAsync("get " + name, false, () => store.Blobs.Get(name), cancellation);

    public Task<PutResult> PutAsync(string name, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellation)
    {
        var copy = content.ToArray();
        return SendAsync("put " + name, true, () => store.Put(name, copy, condition), cancellation);
    }

    public Task<BlobUpload> CreateAsync(string name, CancellationToken cancellation)
    {
        SimulatedBlobs.CheckName(name);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<BlobUpload>(new Upload(this, name));
    }

    public Task<bool> CreateAppendAsync(string name, CancellationToken cancellation) =>
        SendAsync("create " + name, true, () => store.Blobs.CreateAppend(name), cancellation);

    public Task<AppendResult> AppendAsync(string name, ReadOnlyMemory<byte> bytes, long? expectedLength, CancellationToken cancellation)
    {
        var copy = bytes.ToArray();
        return SendAsync("append " + name, true, () => store.Append(name, copy, expectedLength), cancellation);
    }

    public async Task<int?> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        // As it is at the store; what arrives is copied on arrival.
        var bytes = await SendAsync("read " + name, false, () => store.Blobs.ReadBytes(name, offset, buffer.Length), cancellation);
        bytes?.CopyTo(buffer.Span);
        return bytes?.Length;
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellation) =>
        SendAsync("length " + name, false, () => store.Blobs.Length(name), cancellation);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation) =>
        SendAsync("delete " + name, false, () => store.Delete(name), cancellation);

    public Task<bool> DeleteIfMatchAsync(string name, string version, CancellationToken cancellation) =>
        SendAsync("delete " + name, false, () => store.Delete(name, version), cancellation);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var entry in await SendAsync("list " + prefix, false, () => store.Blobs.List(prefix), cancellation))
            yield return entry;
    }

    public Task<LocalBlob?> OpenLocalAsync(string name, CancellationToken cancellation) =>
        SendAsync("open " + name, false, () => store.Blobs.OpenLocal(name), cancellation);

    private Task<T> SendAsync<T>(string what, bool takesRoom, Func<T> effect, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellation);
        var request = new Request<T>(this, what, takesRoom, effect);
        request.Send();
        return request.Answer(cancellation);
    }

    private TimeSpan Latency() => faults.IsOver ? TimeSpan.FromMilliseconds(1) : faults.Span(0.0002, 0.01);

    private sealed class Request<T>(StoreConnection connection, string what, bool takesRoom, Func<T> effect)
    {
        private readonly TaskCompletionSource<T> _answer = new();
        private CancellationTokenRegistration _registration;

        public void Send()
        {
            if (connection.CutOffUntil > World.Now)
            {
                // A refused connection is known at once; packets into nowhere are not.
                Fail(World.Chance.Next(2) == 0 ? connection.Latency() : Patience, "was not reached");
            }
            else if (Faults.Strikes(FaultKind.LostRequest))
            {
                Fail(Patience, "did not answer");
            }
            else
            {
                var delay = Faults.Strikes(FaultKind.LateEffect) ? Faults.Span(0.1, 60) : connection.Latency();
                World.After(delay, connection.Store.Process, what, Arrive);
            }
        }

        public Task<T> Answer(CancellationToken cancellation)
        {
            _registration = cancellation.UnsafeRegister(static (request, token) => ((Request<T>)request!)._answer.TrySetCanceled(token), this);
            return _answer.Task;
        }

        private SimulatedWorld World => connection.World;

        private FaultMix Faults => connection.Faults;

        /// <summary>At the store, whether its sender lives or not.</summary>
        private void Arrive()
        {
            if (connection.Store.TurnsAway(World.Now) || Faults.Strikes(FaultKind.FailedRequest))
            {
                Fail(connection.Latency(), "was turned away (503)");
                return;
            }

            if (takesRoom && connection.Store.FullUntil > World.Now)
            {
                Fail(connection.Latency(), "found no room", isFull: true);
                return;
            }

            T result;
            try
            {
                result = effect();
            }
            catch (BlobStoreException)
            {
                Fail(connection.Latency(), "was refused");
                return;
            }

            if (Faults.Strikes(FaultKind.LostAnswer))
            {
                Fail(World.Chance.Next(2) == 0 ? connection.Latency() : Patience, "lost its answer");
                return;
            }

            var delay = Faults.Strikes(FaultKind.LateAnswer) ? Faults.Span(0.05, 60) : connection.Latency();
            World.After(delay, connection.Process, "answer to " + what, () => End(() => _answer.TrySetResult(result)));
        }

        private void Fail(TimeSpan delay, string why, bool isFull = false) => World.After(
            delay,
            connection.Process,
            "failure of " + what,
            () => End(() => _answer.TrySetException(new BlobStoreException($"Simulated: {what} {why}.") { IsFull = isFull })));

        private void End(Action answer)
        {
            _registration.Unregister();
            answer();
        }
    }

    private SimulatedWorld World => world;

    private SimulatedProcess Process => process;

    private SimulatedStore Store => store;

    private FaultMix Faults => faults;

    private sealed class Upload(StoreConnection connection, string name) : BlobUpload
    {
        private readonly MemoryStream _bytes = new();

        public override long LengthBytes => _bytes.Length;

        public override Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
        {
            var copy = bytes.ToArray();
            return connection.SendAsync("upload " + name, true, () => Take(copy), cancellation);
        }

        public override Task<bool> CommitAsync(CancellationToken cancellation) =>
            connection.SendAsync("commit " + name, true, () => connection.Store.CreateImmutable(name, _bytes.ToArray()), cancellation);

        public override ValueTask DisposeAsync() => _bytes.DisposeAsync();

        private bool Take(byte[] bytes)
        {
            if (_bytes.CanWrite)
                _bytes.Write(bytes);
            return true;
        }
    }
}
