namespace JadeVector.Engine.Hnsw;

/// <summary>
/// Compares one query with rows of a graph, on whatever the graph keeps for that. A struct and a type argument, so that the walks are compiled for
/// each and inline it.
/// </summary>
internal unsafe interface IScorer
{
    /// <summary>Whether <see cref="AtLeast"/> is much cheaper than <see cref="To"/>, so that it pays to ask it first.</summary>
    static abstract bool Sifts { get; }

    /// <summary>The distance of a row. Never NaN.</summary>
    float To(int row);

    /// <summary>What the distance of a row is hardly below.</summary>
    float AtLeast(int row);

    /// <summary>Keeps those of many rows that <see cref="AtLeast"/> puts no farther than a limit; fetches by itself. All where nothing sifts.</summary>
    /// <returns>How many.</returns>
    int Sift(int* rows, int count, float limit);

    /// <summary>What share of the most that <see cref="AtLeast"/> could have missed it did miss for a row of this distance; 0 where nothing sifts.</summary>
    float HiddenIn(int row, float distance);

    /// <summary>Has <see cref="AtLeast"/> allow for such a share from now on, or for what it always allows for where that is less.</summary>
    void Allow(float hidden);

    /// <summary>How far a distance of a row may be from that between the vectors themselves.</summary>
    float ErrorOf(int row, float distance);

    /// <summary>Begins to fetch what <see cref="To"/> reads.</summary>
    void Prefetch(int row);

    /// <summary>Begins to fetch what is asked first: <see cref="AtLeast"/> where it sifts, otherwise <see cref="To"/>.</summary>
    void PrefetchFirst(int row);

    /// <summary>Makes a row the query of <see cref="To"/> (not of <see cref="AtLeast"/>).</summary>
    void Aim(int row);
}
