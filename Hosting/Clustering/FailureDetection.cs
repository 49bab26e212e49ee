using JadeVector.Hosting.Options;
using Orleans.Configuration;
using ClusterOptions = JadeVector.Hosting.Options.ClusterOptions;

namespace JadeVector.Hosting.Clustering;

// How a dead silo is noticed, and what happens to its grains. Everything of the kind is set here and nowhere else.
//
// Probes. Each silo probes each other one (up to ten). The time-out of a probe, which is also the time from one probe to the next,
// starts at ProbeMilliseconds; after four answers it is what answers take plus half of that, never more than ProbeMillisecondsMax.
// With the defaults a healthy cluster probes every 0.75 s or so.
//
// Death. The connections of a killed process are closed, so probes fail at once, and it is the period that counts: two probes of
// its own and one through a third silo make two votes after at most three periods, which is about 2.3 s. A silo that hangs, or whose
// machine has gone, still has open connections: its probes take their whole time-out, and no vote is cast while a connection
// received anything within MissedProbes x ProbeMillisecondsMax (9 s).
//
// No false deaths on a starved machine. Slow answers lengthen the time-out; a silo that is itself late (thread pool, GC, timers)
// doubles its patience and more; votes are held back while the silo's messages still come; votes lapse after half a minute, so that
// two hiccups an hour apart do not add up. A silo that is declared dead all the same ends its process, and its shards are fenced.
//
// The directory is the strongly consistent one: when a silo dies, the others' registrations that it held are recovered from those
// who host the grains. The default directory forgets them, so that a death would also end healthy shards elsewhere. Its lease, which
// keeps a dead silo's grains from being activated until even a silo that was wrongly declared dead must have stopped, is off: we
// need no such wait, since a stale owner's writes are fenced by the log and its reads verified against storage.
internal static class FailureDetection
{
    // The table is read when gossip brings a change; this is for gossip that was lost.
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    // Three missed ones (15 s) make an entry stale: as long does a cluster that was killed as a whole keep its next first silo waiting.
    private static readonly TimeSpan AliveSign = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan VoteLife = TimeSpan.FromSeconds(30);

    // A machine that has gone does not refuse connections, it swallows them.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    // How soon a client calls through a silo that is new. That one has gone it notices by the connection.
    private static readonly TimeSpan GatewayListRefresh = TimeSpan.FromSeconds(5);

    public static void AddTo(ISiloBuilder silo, FailureDetectionOptions options, ClusterOptions cluster)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromMilliseconds(options.ProbeMilliseconds);
            membership.MinProbeTimeout = TimeSpan.FromMilliseconds(options.ProbeMilliseconds / 2d);
            membership.MaxProbeTimeout = TimeSpan.FromMilliseconds(options.ProbeMillisecondsMax);
            membership.NumMissedProbesLimit = options.MissedProbes;
            membership.NumVotesForDeathDeclaration = options.Votes;
            membership.EnableIndirectProbes = true;
            membership.EnableConnectionLivenessCheck = true;
            membership.ExtendProbeTimeoutDuringDegradation = true;
            membership.DeathVoteExpirationTimeout = VoteLife;
            membership.TableRefreshTimeout = TableRefresh;
            membership.IAmAliveTablePublishTimeout = AliveSign;
            membership.NumMissedTableIAmAliveLimit = 3;
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(Math.Max(cluster.StartTimeoutSeconds, 10));
        });
#pragma warning disable ORLEANSEXP003 // The strongly consistent directory is marked as an experiment; why it is used is told above.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = TimeSpan.FromSeconds(options.ResponseSeconds);
            messaging.SystemResponseTimeout = TimeSpan.FromSeconds(options.ResponseSeconds);
        });
        silo.Configure<ConnectionOptions>(connections => connections.OpenConnectionTimeout = ConnectTimeout);
    }

    public static void AddTo(IClientBuilder client, FailureDetectionOptions options)
    {
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewayListRefresh);
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(options.ResponseSeconds));
        client.Configure<ConnectionOptions>(connections => connections.OpenConnectionTimeout = ConnectTimeout);
    }
}
