namespace JadeVector.Simulation.Faults;

/// <summary>What goes wrong in a run. Each seed draws which of them do, and how often.</summary>
internal enum FaultKind
{
    /// <summary>A node ends between any two awaits; what it has sent may still land.</summary>
    Crash,

    /// <summary>A node is stopped in order and started again.</summary>
    Restart,

    /// <summary>A node gets no processor for a while: what it goes on with afterwards is old.</summary>
    Pause,

    /// <summary>A node's wall clock jumps, forwards or backwards.</summary>
    ClockJump,

    /// <summary>Clients go to another node, or a node takes another for dead: the shard is active on two.</summary>
    DoubleActivation,

    /// <summary>A call from node to node, or its answer, takes long.</summary>
    SlowMessage,

    /// <summary>One node does not reach the store for a while; its clients still reach it.</summary>
    CutOff,

    /// <summary>The store answers nobody for a while.</summary>
    Outage,

    /// <summary>The store turns most requests away for a while (429, 503).</summary>
    Throttling,

    /// <summary>The store has no room for a while.</summary>
    FullDisk,

    /// <summary>A stored byte changes for a while: what is read is not what was written.</summary>
    FlippedBit,

    /// <summary>A stored blob ends too early for a while, in the middle of something.</summary>
    TornBlob,

    /// <summary>A request fails and has no effect.</summary>
    FailedRequest,

    /// <summary>A request has no effect and no answer.</summary>
    LostRequest,

    /// <summary>A request takes effect when its caller has long given up, perhaps.</summary>
    LateEffect,

    /// <summary>A request takes effect and is reported as failed.</summary>
    LostAnswer,

    /// <summary>A request takes effect and its answer arrives late: a read then tells of the past.</summary>
    LateAnswer,
}
