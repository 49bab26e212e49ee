using JadeVector.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;
using ClusterOptions = JadeVector.Hosting.Options.ClusterOptions;

namespace JadeVector.Hosting.Clustering;

/// <summary>
/// Keeps a silo out of a cluster in which one would write what another cannot open. It compares after the silo has joined, when it
/// can talk to the others, and before it becomes active, when it would host a shard.
/// </summary>
internal sealed class GenerationGuard(
    StorageGenerations own,
    ClusterOptions options,
    IMembershipTable members,
    IOptions<ClusterMembershipOptions> membership,
    ISiloMetadataCache published,
    ILocalSiloDetails self,
    TimeProvider clock) : ILifecycleParticipant<ISiloLifecycle>
{
    private const string Key = "jade.storage-generations";

    /// <summary>How often it is looked whether the answers have come.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static void AddTo(ISiloBuilder silo, StorageGenerations own, ClusterOptions options)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [Key] = own.ToString() });
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services =>
            ActivatorUtilities.CreateInstance<GenerationGuard>(services, own, options));
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(GenerationGuard), ServiceLifecycleStage.ValidateInitialConnectivity + 1, CompareAsync);

    private async Task CompareAsync(CancellationToken cancellation)
    {
        for (var since = clock.GetTimestamp(); ; await Task.Delay(Pause, clock, cancellation))
        {
            var silent = new List<string>();
            foreach (var (member, _) in (await members.ReadAllAsync(cancellation)).Members)
            {
                if (member.Status is not (SiloStatus.Active or SiloStatus.Joining) || member.SiloAddress.Equals(self.SiloAddress))
                    continue;
                if (published.GetSiloMetadata(member.SiloAddress).Metadata.TryGetValue(Key, out var text))
                    Compare(StorageGenerations.Parse(text), member.SiloName);
                else if (member.Status == SiloStatus.Active && !IsStale(member))
                    silent.Add(member.SiloName);
            }

            if (silent.Count == 0)
                return;
            if (clock.GetElapsedTime(since) > TimeSpan.FromSeconds(options.StartTimeoutSeconds))
                throw new JadeStartException($"Member '{silent[0]}' did not say which storage generations it reads (Jade:Cluster:StartTimeoutSeconds).");
        }
    }

    private void Compare(StorageGenerations other, string name)
    {
        if (own.ConflictWith(other, name) is { } conflict)
            throw new JadeStartException(conflict);
    }

    /// <summary>Listed as active, but without a sign of life: what a cluster that was killed as a whole leaves behind.</summary>
    private bool IsStale(MembershipEntry member)
    {
        var sign = member.IAmAliveTime > member.StartTime ? member.IAmAliveTime : member.StartTime;
        return clock.GetUtcNow().UtcDateTime - sign > membership.Value.IAmAliveTablePublishTimeout * membership.Value.NumMissedTableIAmAliveLimit;
    }
}
