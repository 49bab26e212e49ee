using JadeVector.Engine.Blobs;

namespace JadeVector.Tests.Support;

/// <summary>The operations of a blob store that a fault can be scripted for.</summary>
public enum BlobOperation
{
    Get,
    Put,
    UploadWrite,
    UploadCommit,
    CreateAppend,
    Append,
    Read,
    GetLength,
    Delete,
    List,
    OpenLocal,
}

/// <summary>What goes wrong with one operation.</summary>
public enum BlobFault
{
    /// <summary>It throws and has no effect.</summary>
    FailBefore,

    /// <summary>It throws, saying that the store is full, and has no effect.</summary>
    Full,

    /// <summary>It takes effect and throws: the answer is lost.</summary>
    LoseAnswer,
}

public sealed partial class SimulatedBlobStore
{
    private readonly Lock _scriptLock = new();
    private readonly List<ScriptedFault> _faults = [];
    private readonly List<HeldOperation> _holds = [];
    private readonly List<(BlobOperation Operation, string Name)> _history = [];

    /// <summary>While true every operation throws before its effect.</summary>
    public bool Unavailable { get; set; }

    /// <summary>Appends to one blob before it answers <see cref="AppendStatus.Full"/>.</summary>
    public int AppendCountMax { get; set; } = BlobLimits.AppendCountMax;

    /// <summary>Awaited before each operation, with its kind and blob; may throw in its place.</summary>
    public Func<BlobOperation, string, Task>? OnBefore { get; set; }

    /// <summary>Awaited after each operation's effect and before its answer; may throw in place of the answer.</summary>
    public Func<BlobOperation, string, Task>? OnAfter { get; set; }

    /// <summary>Every operation asked for so far, in order.</summary>
    public IReadOnlyList<(BlobOperation Operation, string Name)> History
    {
        get
        {
            lock (_scriptLock)
            {
                return [.. _history];
            }
        }
    }

    /// <summary>
    /// The next <paramref name="times"/> operations of that kind on a blob whose name contains <paramref name="nameContains"/> go
    /// wrong, after letting <paramref name="after"/> of them pass.
    /// </summary>
    public void Fail(BlobOperation operation, string nameContains, BlobFault fault, int times = 1, int after = 0)
    {
        lock (_scriptLock)
        {
            _faults.Add(new ScriptedFault(operation, nameContains, fault) { Times = times, After = after });
        }
    }

    /// <summary>Nothing scripted by <see cref="Fail"/> goes wrong any more.</summary>
    public void ForgetFaults()
    {
        lock (_scriptLock)
        {
            _faults.Clear();
        }
    }

    /// <summary>The next such operation waits before its effect until it is released; then it is judged by the conditions of that moment.</summary>
    public HeldOperation Hold(BlobOperation operation, string nameContains) => AddHold(new HeldOperation(operation, nameContains, afterEffect: false));

    /// <summary>The next such operation takes effect at once and its answer waits until it is released.</summary>
    public HeldOperation HoldAnswer(BlobOperation operation, string nameContains) => AddHold(new HeldOperation(operation, nameContains, afterEffect: true));

    /// <summary>Inverts one bit of a stored byte.</summary>
    public void FlipBit(string name, long offset, int bit = 0) => _blobs.Tamper(name, bytes => bytes[(int)offset] ^= (byte)(1 << bit));

    /// <summary>Cuts a stored blob, as a store restored from an older backup would.</summary>
    public void Truncate(string name, long lengthBytes) => _blobs.Tamper(name, bytes => bytes.RemoveRange((int)lengthBytes, bytes.Count - (int)lengthBytes));

    /// <summary>Everything as it is now, to go back to.</summary>
    public IReadOnlyDictionary<string, object> Remember() => _blobs.Copy();

    /// <summary>The store loses everything that it has acknowledged since.</summary>
    public void RollBack(IReadOnlyDictionary<string, object> remembered) => _blobs.RollBack(remembered);

    /// <summary>Replaces stored bytes whole, whatever the conditions.</summary>
    public void Overwrite(string name, ReadOnlyMemory<byte> content) => _blobs.Tamper(
        name,
        bytes =>
        {
            bytes.Clear();
            bytes.AddRange(content.Span);
        });

    /// <summary>The stored bytes, past all faults.</summary>
    public byte[] Peek(string name) => _blobs.Get(name)?.Bytes.ToArray() ?? throw new KeyNotFoundException($"There is no blob '{name}'.");

    /// <summary>The names stored under a prefix, past all faults.</summary>
    public IReadOnlyList<string> Names(string prefix = "") => [.. _blobs.List(prefix).Select(e => e.Name)];

    private HeldOperation AddHold(HeldOperation hold)
    {
        lock (_scriptLock)
        {
            _holds.Add(hold);
        }

        return hold;
    }

    private async Task<T> RunAsync<T>(BlobOperation operation, string name, Func<T> effect, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (fault, hold) = Begin(operation, name);
        if (OnBefore is { } before)
        {
            await before(operation, name);
        }

        if (Unavailable || fault is BlobFault.FailBefore)
        {
            throw new BlobStoreException($"Simulated: {operation} of '{name}' did not reach the store.");
        }

        if (fault is BlobFault.Full)
        {
            throw new BlobStoreException($"Simulated: no room for {operation} of '{name}'.") { IsFull = true };
        }

        var result = hold is null ? effect() : await hold.PassAsync(effect, cancellation);
        if (OnAfter is { } after)
        {
            await after(operation, name);
        }

        return fault is BlobFault.LoseAnswer
            ? throw new BlobStoreException($"Simulated: {operation} of '{name}' took effect and its answer was lost.")
            : result;
    }

    private (BlobFault? Fault, HeldOperation? Hold) Begin(BlobOperation operation, string name)
    {
        lock (_scriptLock)
        {
            _history.Add((operation, name));
            BlobFault? fault = null;
            if (_faults.Find(f => f.Operation == operation && name.Contains(f.NameContains, StringComparison.Ordinal)) is { } scripted)
            {
                fault = scripted.Next();
                if (scripted.Times == 0)
                {
                    _faults.Remove(scripted);
                }
            }

            var hold = _holds.Find(h => h.Operation == operation && name.Contains(h.NameContains, StringComparison.Ordinal));
            if (hold is not null)
            {
                _holds.Remove(hold);
            }

            return (fault, hold);
        }
    }

    private sealed class ScriptedFault(BlobOperation operation, string nameContains, BlobFault fault)
    {
        public BlobOperation Operation { get; } = operation;

        public string NameContains { get; } = nameContains;

        public int Times { get; set; }

        public int After { get; set; }

        public BlobFault? Next()
        {
            if (After > 0)
            {
                After--;
                return null;
            }

            Times--;
            return fault;
        }
    }
}
