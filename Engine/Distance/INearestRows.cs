namespace JadeVector.Engine.Distance;

/// <summary>Keeps the nearest of the rows offered to it. Implemented by a struct and passed as a type argument, so that the call inlines.</summary>
public interface INearestRows
{
    /// <summary>Keeps the row if it is near enough.</summary>
    /// <returns>Whether it was kept.</returns>
    bool Offer(int row, float distance);
}
