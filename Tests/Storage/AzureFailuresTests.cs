using System.Net.Sockets;
using JadeVector.Engine.Blobs;
using JadeVector.Storage.Azure;
using Xunit;

namespace JadeVector.Tests.Storage;

public sealed class AzureFailuresTests
{
    public static TheoryData<Exception> OfTheEnvironment =>
        [new SocketException((int)SocketError.ConnectionReset), new IOException("Cut off."), new HttpRequestException("No answer."), new TaskCanceledException("Too late.")];

    /// <summary>Whatever a dying connection throws is a store that did not answer, never a mistake of the node's.</summary>
    [Theory]
    [MemberData(nameof(OfTheEnvironment), DisableDiscoveryEnumeration = true)]
    public async Task Lost_connection_is_a_store_that_did_not_answer(Exception lost)
    {
        var problem = await Assert.ThrowsAsync<BlobStoreException>(() => AzureFailures.GuardAsync<int>("read", "a/b", () => throw lost, CancellationToken.None));
        Assert.Same(lost, problem.InnerException);
        Assert.Contains("'a/b'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistake_stays_one_and_so_does_the_callers_own_cancellation()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => AzureFailures.GuardAsync<int>("read", "a", () => throw new InvalidOperationException(), CancellationToken.None));
        var gone = new CancellationToken(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => AzureFailures.GuardAsync<int>("read", "a", () => throw new OperationCanceledException(gone), gone));
    }
}
