namespace JadeVector.Tests.Support;

/// <summary>Bytes of a file in one of its two lives.</summary>
internal sealed class PowerLossBytes
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        if (count > 0)
            _bytes.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        SetLength(Math.Max(Length, offset + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    public void SetLength(long length)
    {
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Max(length, 2L * _bytes.Length));
        if (length < Length)
            _bytes.AsSpan((int)length, Length - (int)length).Clear();
        Length = (int)length;
    }

    public void CopyFrom(PowerLossBytes other)
    {
        SetLength(0);
        Write(0, other._bytes.AsSpan(0, other.Length));
    }
}

internal sealed class PowerLossFile
{
    private const int SectorSizeBytes = 512;

    private readonly PowerLossBytes _durable = new();
    private readonly List<(long Offset, byte[]? Bytes)> _pending = [];   // no bytes: the length was set to the offset

    public PowerLossBytes Volatile { get; } = new();

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(offset, bytes);
        _pending.Add((offset, bytes.ToArray()));
    }

    public void SetLength(long length)
    {
        Volatile.SetLength(length);
        _pending.Add((length, null));
    }

    public void Flush()
    {
        foreach (var (offset, bytes) in _pending)
            Apply(offset, bytes);
        _pending.Clear();
    }

    public void LosePower(Random? random)
    {
        foreach (var (offset, bytes) in _pending)
        {
            if (random is null || random.Next(2) == 0)
                continue;
            if (bytes is null || random.Next(2) == 0)
                Apply(offset, bytes);
            else
                Tear(random, offset, bytes);
        }

        _pending.Clear();
        Volatile.CopyFrom(_durable);
    }

    /// <summary>Keeps the write up to the end of a sector, with the rest missing or zero.</summary>
    private void Tear(Random random, long offset, byte[] bytes)
    {
        var sector = random.NextInt64(offset / SectorSizeBytes, (offset + bytes.Length) / SectorSizeBytes + 1);
        var kept = (int)Math.Clamp(sector * SectorSizeBytes - offset, 0, bytes.Length);
        _durable.Write(offset, bytes.AsSpan(0, kept));
        if (random.Next(2) == 0)
            _durable.Write(offset + kept, new byte[bytes.Length - kept]);
    }

    private void Apply(long offset, byte[]? bytes)
    {
        if (bytes is null)
            _durable.SetLength(offset);
        else
            _durable.Write(offset, bytes);
    }
}

internal sealed class PowerLossDirectory
{
    private Dictionary<string, object> _durable = [];

    /// <summary>Each a <see cref="PowerLossFile"/> or a <see cref="PowerLossDirectory"/>.</summary>
    public Dictionary<string, object> Names { get; private set; } = [];

    public void Flush() => _durable = new Dictionary<string, object>(Names);

    public void LosePower(Random? random)
    {
        foreach (var name in Names.Keys.Union(_durable.Keys).Order(StringComparer.Ordinal).ToList())
        {
            var (was, isNow) = (_durable.GetValueOrDefault(name), Names.GetValueOrDefault(name));
            if (was == isNow || random is null || random.Next(2) == 0)
                continue;
            if (isNow is null)
                _durable.Remove(name);
            else
                _durable[name] = isNow;
        }

        Names = new Dictionary<string, object>(_durable);
        foreach (var name in Names.Keys.Order(StringComparer.Ordinal).ToList())
        {
            if (Names[name] is PowerLossDirectory directory)
                directory.LosePower(random);
            else
                ((PowerLossFile)Names[name]).LosePower(random);
        }
    }
}
