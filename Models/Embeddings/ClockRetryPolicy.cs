using System.ClientModel.Primitives;

namespace JadeVector.Models.Embeddings;

/// <summary>The SDK's retry policy, pausing on the injected clock.</summary>
internal sealed class ClockRetryPolicy(int retries, TimeProvider clock) : ClientRetryPolicy(retries)
{
    protected override Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, clock, cancellationToken);
}

/// <summary>Takes off the bearer token that the SDK insists on, for endpoints that ask for none.</summary>
internal sealed class NoCredentials : PipelinePolicy
{
    private const string Header = "Authorization";

    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.Request.Headers.Remove(Header);
        ProcessNext(message, pipeline, currentIndex);
    }

    public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        message.Request.Headers.Remove(Header);
        return ProcessNextAsync(message, pipeline, currentIndex);
    }
}
