namespace JadeVector.Engine.Ivf;

/// <summary>The rows with the least sums of code distances, at most a fixed number: a heap with the worst on top. Pass it by reference.</summary>
/// <remarks>A key is the sum in the high half, the row in the low one: ties go to the lower row, so that the order of offers does not matter.</remarks>
internal unsafe struct CandidateRows(ulong* keys, int capacity)
{
    private int _count;

    public readonly int Count => _count;

    /// <summary>A row whose sum is not below this is turned away, whatever its number. One more than any sum while there is room.</summary>
    public int Bound { get; private set; } = CodeScan.SumMax + 1;

    public readonly int this[int index] => (int)(uint)keys[index];

    public void Offer(int row, ushort sum)
    {
        var key = ((ulong)sum << 32) | (uint)row;
        if (_count < capacity)
            Up(_count++, key);
        else if (key < keys[0])
            Down(key);
        if (_count == capacity)
            Bound = (int)(keys[0] >> 32) + 1;
    }

    private readonly void Up(int place, ulong key)
    {
        while (place > 0 && keys[(place - 1) >>> 1] < key)
        {
            keys[place] = keys[(place - 1) >>> 1];
            place = (place - 1) >>> 1;
        }

        keys[place] = key;
    }

    /// <summary>Puts a key in the place of the worst.</summary>
    private readonly void Down(ulong key)
    {
        var place = 0;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && keys[child + 1] > keys[child])
                child++;
            if (keys[child] <= key)
                break;
            keys[place] = keys[child];
            place = child;
        }

        keys[place] = key;
    }
}
