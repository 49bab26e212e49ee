namespace JadeVector.Grains.Cluster;

/// <summary>Moves a running activation to another node: the host knows how.</summary>
public interface ICopyMover
{
    /// <summary>Starts the move: running calls finish here, later ones are answered there.</summary>
    /// <param name="activation">Of the copy.</param>
    /// <param name="address">Where to, in the runtime's text form; null for wherever placement says.</param>
    /// <exception cref="Interfaces.JadeException"><c>not_supported</c> where there is one process only; <c>not_found</c> for an address that is no member's.</exception>
    void Move(IGrainContext activation, string? address);
}
