namespace JadeVector.Grains.Shards;

/// <summary>How a copy's activation is ended from whatever thread finds that it should be: a grain's own methods are for its turns.</summary>
internal static class ShardCopyEnd
{
    public static Action Of(IGrainContext activation) =>
        () => activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The copy was let go."));
}
