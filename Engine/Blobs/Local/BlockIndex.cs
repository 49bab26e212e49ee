namespace JadeVector.Engine.Blobs.Local;

/// <summary>Where the blocks of an append blob are: their lengths, and every so often the sums, so that 50,000 blocks take 200 KB.</summary>
internal sealed class BlockIndex
{
    private const int Stride = 64;

    private readonly List<int> _lengths = [];
    private readonly List<Place> _marks = [];   // the place of block 0, 64, 128, …
    private Place _end = new(0, 0, AppendFormat.FileHeaderSizeBytes);

    /// <summary>Where the next block goes: its number, the payload bytes before it, its position in the file.</summary>
    internal Place End => _end;

    internal void Add(int payloadLength)
    {
        if (_lengths.Count % Stride == 0)
            _marks.Add(_end);
        _lengths.Add(payloadLength);
        _end = _end.Next(payloadLength);
    }

    internal int LengthOf(int block) => _lengths[block];

    /// <summary>The block that holds a payload offset, which is before the end.</summary>
    internal Place Find(long payloadOffset)
    {
        int low = 0, high = _marks.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_marks[middle].PayloadOffset <= payloadOffset)
                low = middle;
            else
                high = middle - 1;
        }

        var place = _marks[low];
        while (place.PayloadOffset + _lengths[place.Block] <= payloadOffset)
            place = place.Next(_lengths[place.Block]);
        return place;
    }

    internal readonly record struct Place(int Block, long PayloadOffset, long FileOffset)
    {
        internal Place Next(int payloadLength) =>
            new(Block + 1, PayloadOffset + payloadLength, FileOffset + AppendFormat.BlockSizeBytes(payloadLength));
    }
}
