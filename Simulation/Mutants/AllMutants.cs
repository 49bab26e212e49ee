using JadeVector.Simulation.Faults;

namespace JadeVector.Simulation.Mutants;

/// <summary>The mistakes that the simulator must notice, each by itself.</summary>
internal static class AllMutants
{
    private const string Acquire = "Engine/Logs/ShardLog.Acquire.cs";
    private const string LogCheckpoint = "Engine/Logs/ShardLog.Checkpoint.cs";
    private const string Writer = "Engine/Logs/LogWriter.cs";
    private const string Reader = "Engine/Logs/LogReader.cs";
    private const string ShardWrite = "Engine/Shards/Shard.Write.cs";
    private const string ShardRead = "Engine/Shards/Shard.Read.cs";
    private const string ShardCompaction = "Engine/Shards/Shard.Compaction.cs";
    private const string ShardCheckpoint = "Engine/Shards/Shard.Checkpoint.cs";

    public static readonly IReadOnlyList<Mutant> All =
    [
        .. Ownership(),
        .. Existence(),
        .. Appends(),
        .. Checkpoints(),
        .. Compactions(),
        .. Answers(),
    ];

    private static IEnumerable<Mutant> Ownership()
    {
        yield return new(
            "skip_the_fence",
            Acquire,
            "            await AppendFenceAsync(tail, epoch, nonce, deadline, cancellation);",
            """
                        if (Mutant.Is("skip_the_fence"))
                            return;
                        await AppendFenceAsync(tail, epoch, nonce, deadline, cancellation);
            """);
        yield return new(
            "fence_before_following_a_roll",
            Acquire,
            "            var tail = _cursor.Tail!;\n            if (tail.End == LogEnd.Fenced)",
            """
                        var tail = _cursor.Tail!;
                        if (Mutant.Is("fence_before_following_a_roll") && appended)
                            return;
                        if (tail.End == LogEnd.Fenced)
            """);
        yield return new(
            "take_a_lost_swap_for_won",
            Acquire,
            "        if (standing.Manifest.OwnerNonce == claim.Next.OwnerNonce)",
            """        if (standing.Manifest.OwnerNonce == claim.Next.OwnerNonce || Mutant.Is("take_a_lost_swap_for_won"))""");
        yield return new(
            "swap_without_a_condition",
            "Engine/Manifests/ManifestStore.cs",
            "store.Blobs.PutAsync(address.ManifestBlob, bytes, condition, token)",
            """store.Blobs.PutAsync(address.ManifestBlob, bytes, Mutant.Is("swap_without_a_condition") ? PutCondition.None : condition, token)""");
        yield return new(
            "strong_read_without_asking",
            ShardRead,
            "            if (guarantee is not ReadGuarantee.Eventual)",
            """            if (guarantee is not ReadGuarantee.Eventual && !(Mutant.Is("strong_read_without_asking") && guarantee is ReadGuarantee.Strong))""");
        yield return new(
            "bounded_read_that_trusts_for_a_minute",
            "Engine/Shards/OwnershipChecks.cs",
            "clock.GetElapsedTime(at) <= ageMax",
            """clock.GetElapsedTime(at) <= (Mutant.Is("bounded_read_that_trusts_for_a_minute") ? TimeSpan.FromMinutes(1) : ageMax)""");
        yield return new(
            "verify_without_reading_the_manifest",
            LogCheckpoint,
            "        if (IsSuperseded(current))\n        {\n            var refusal",
            "        if (IsSuperseded(current) && !Mutant.Is(\"verify_without_reading_the_manifest\"))\n        {\n            var refusal");
    }

    private static IEnumerable<Mutant> Existence()
    {
        yield return new(
            "create_a_manifest_on_open",
            "Engine/Logs/ShardLog.cs",
            "        var read = await manifests.ReadAsync(store.DefaultDeadline, cancellation);",
            """
                    if (Mutant.Is("create_a_manifest_on_open") && await manifests.ReadAsync(store.DefaultDeadline, cancellation) is null)
                        await ShardManifests.CreateAsync(context, address, new ShardBirth(0, ulong.MaxValue, 1, new ShardConfig(4, default, default, 4, 16, 4)), cancellation);
                    var read = await manifests.ReadAsync(store.DefaultDeadline, cancellation);
            """);
    }

    private static IEnumerable<Mutant> Appends()
    {
        yield return new(
            "acknowledge_before_append",
            ShardWrite,
            "            var beganAt = _context.Clock.GetTimestamp();\n            var outcome = await _log",
            """
                        if (Mutant.Is("acknowledge_before_append"))
                            decided.ForEach(d => d.Write.Complete(d.Outcome));
                        var beganAt = _context.Clock.GetTimestamp();
                        var outcome = await _log
            """);
        yield return new(
            "show_before_append",
            ShardWrite,
            "            var beganAt = _context.Clock.GetTimestamp();\n            var outcome = await _log.AppendAsync([.. decided.Select(d => d.Frame)], deadline, _closing.Token);\n            switch (outcome)",
            """
                        var beganAt = _context.Clock.GetTimestamp();
                        if (Mutant.Is("show_before_append"))
                            decided.ForEach(d => Apply(d.Frame.FirstSequence, d.Frame.ItemCount, d.Frame.Request, d.Frame.Payload.Span));
                        if (Mutant.Is("show_before_append"))
                            PublishSequence();
                        var outcome = await _log.AppendAsync([.. decided.Select(d => d.Frame)], deadline, _closing.Token);
                        if (Mutant.Is("show_before_append") && outcome == AppendOutcome.Durable)
                        {
                            decided.ForEach(d => d.Write.Complete(d.Outcome));
                            return;
                        }

                        switch (outcome)
            """);
        yield return new(
            "take_412_for_failure",
            Writer,
            "        var held = await store.ReadAsync(log.Blob,",
            """
                    if (Mutant.Is("take_412_for_failure"))
                        return Fence();
                    var held = await store.ReadAsync(log.Blob,
            """);
        yield return new(
            "reuse_a_position_after_not_written",
            Writer,
            "            return await ResolveAsync(append, deadline, cancellation);\n        }\n        finally",
            """
                        var resolved = await ResolveAsync(append, deadline, cancellation);
                        if (Mutant.Is("reuse_a_position_after_not_written") && resolved == AppendOutcome.OutcomeUnknown)
                        {
                            Volatile.Write(ref _pending, null);
                            return AppendOutcome.Unavailable;
                        }

                        return resolved;
                    }
                    finally
            """);
        yield return new(
            "take_damage_for_anothers_append",
            Writer,
            "        if (IsAnothers(found.Span, append))",
            """        if (IsAnothers(found.Span, append) || Mutant.Is("take_damage_for_anothers_append"))""",
            FaultKind.FlippedBit);
        yield return new(
            "unknown_told_as_not_written",
            ShardWrite,
            "                default:\n                    throw Unknown();",
            """
                            default:
                                throw Mutant.Is("unknown_told_as_not_written") ? new RefusalException(RefusalCodes.StorageUnavailable, "") : Unknown();
            """);
        yield return new(
            "forget_late_frames",
            ShardWrite,
            "        var late = _log.TakeLateFrames();",
            """        var late = Mutant.Is("forget_late_frames") && _log.TakeLateFrames() is not null ? [] : _log.TakeLateFrames();""");
        yield return new(
            "use_the_next_log_before_roll_is_durable",
            Writer,
            "        var outcome = await SendAsync(PendingAppend.Roll(live, next), deadline, cancellation);",
            """
                    var roll = PendingAppend.Roll(live, next);
                    if (Mutant.Is("use_the_next_log_before_roll_is_durable"))
                        return Complete(roll);
                    var outcome = await SendAsync(roll, deadline, cancellation);
            """);
        yield return new(
            "read_on_behind_a_fence",
            Reader,
            "            case FrameKind.Fence:\n                End = LogEnd.Fenced;\n                return null;",
            """
                        case FrameKind.Fence:
                            if (Mutant.Is("read_on_behind_a_fence"))
                            {
                                Position = Position with { Offset = Position.Offset + header.FrameSizeBytes };
                                _ahead = _ahead[header.FrameSizeBytes..];
                                return await NextAsync(deadline, cancellation);
                            }

                            End = LogEnd.Fenced;
                            return null;
            """);
        yield return new(
            "ignore_a_frame_checksum",
            Reader,
            "        if (FrameHeader.CheckBody(frame.Span, out var chain) is { } problem)",
            """        if (FrameHeader.CheckBody(frame.Span, out var chain) is { } problem && !Mutant.Is("ignore_a_frame_checksum"))""",
            FaultKind.FlippedBit);
    }

    private static IEnumerable<Mutant> Checkpoints()
    {
        yield return new(
            "drop_a_delete_at_a_checkpoint",
            "Engine/Segments/DeletedRows.cs",
            "            if (deletedAt == 0 || deletedAt > upTo)",
            """            if (deletedAt == 0 || deletedAt > upTo || (Mutant.Is("drop_a_delete_at_a_checkpoint") && row % 4 == 3))""");
        yield return new(
            "forget_request_ids_at_a_checkpoint",
            ShardCheckpoint,
            "_requests.Save()",
            """Mutant.Is("forget_request_ids_at_a_checkpoint") ? new byte[sizeof(int)] : _requests.Save()""");
        yield return new(
            "lose_deletes_made_during_a_checkpoint",
            ShardCheckpoint,
            "                DeletedRows.Copy(part.Part, written.Part);",
            """
                            if (!Mutant.Is("lose_deletes_made_during_a_checkpoint"))
                                DeletedRows.Copy(part.Part, written.Part);
            """);
        yield return new(
            "ignore_a_segment_checksum",
            "Engine/Segments/SegmentBlocks.cs",
            "SegmentImage.Checksum(buffer.AsSpan(offset, expected), first + i) != _checksums[first + i]",
            """(SegmentImage.Checksum(buffer.AsSpan(offset, expected), first + i) != _checksums[first + i] && !Mutant.Is("ignore_a_segment_checksum"))""",
            FaultKind.FlippedBit);
        yield return new(
            "cover_more_than_was_sealed",
            LogCheckpoint,
            "var logs = writer.Logs.Ended.TakeWhile(l => !keptLogs.Contains(l.Name)).Select(l => l.Name).ToHashSet();",
            """var logs = writer.Logs.Ended.TakeWhile(l => !keptLogs.Contains(l.Name) || Mutant.Is("cover_more_than_was_sealed")).Select(l => l.Name).ToHashSet();""");
    }

    private static IEnumerable<Mutant> Compactions()
    {
        yield return new(
            "drop_a_delete_at_a_compaction",
            ShardCompaction,
            "is > 0 and var deletedAt && target.Deletes[next] == 0)",
            """is > 0 and var deletedAt && target.Deletes[next] == 0 && !(Mutant.Is("drop_a_delete_at_a_compaction") && next % 2 == 1))""");
        yield return new(
            "lose_a_row_at_a_compaction",
            ShardCompaction,
            "        return deletedAt == 0 || deletedAt > covered;",
            """        return (deletedAt == 0 || deletedAt > covered) && !(Mutant.Is("lose_a_row_at_a_compaction") && row % 8 == 7);""");
        yield return new(
            "write_a_pin_after_the_scan_for_garbage",
            LogCheckpoint,
            ".Except(ShardBlobs.NamedBy(now)).Except(live);",
            """.Except(ShardBlobs.NamedBy(Mutant.Is("write_a_pin_after_the_scan_for_garbage") ? now with { Pins = [] } : now)).Except(live);""");
        yield return new(
            "keep_a_state_without_its_logs",
            "Engine/Logs/ShardLog.Pins.cs",
            "            [.. after],",
            """            [.. Mutant.Is("keep_a_state_without_its_logs") ? [] : after],""");
    }

    private static IEnumerable<Mutant> Answers()
    {
        yield return new(
            "write_whatever_the_version",
            "Engine/Shards/BatchDecisions.cs",
            "version != current)\n            return WriteItemStatus.VersionConflict;",
            """
            version != current && !Mutant.Is("write_whatever_the_version"))
                        return WriteItemStatus.VersionConflict;
            """);
        yield return new(
            "half_of_an_atomic_batch",
            "Engine/Shards/BatchDecisions.cs",
            "        if (batch.Atomic && failed)",
            """        if (batch.Atomic && failed && !Mutant.Is("half_of_an_atomic_batch"))""");
        yield return new(
            "execute_a_request_twice",
            ShardWrite,
            "            if (_requests.Find(request, now.ToUnixTimeMilliseconds()) is { } answer)",
            """            if (!Mutant.Is("execute_a_request_twice") && _requests.Find(request, now.ToUnixTimeMilliseconds()) is { } answer)""");
        yield return new(
            "see_the_deleted",
            "Engine/Shards/VisibleRows.cs",
            "        return deletedAt == 0 || deletedAt > sequence;",
            """        return deletedAt == 0 || deletedAt > sequence || (Mutant.Is("see_the_deleted") && row % 8 == 7);""");
        yield return new(
            "miss_the_last_row_of_a_scan",
            "Engine/Shards/ShardSearcher.cs",
            "_config.Metric, first, count, _values",
            """_config.Metric, first, Mutant.Is("miss_the_last_row_of_a_scan") && count > 6 ? count - 1 : count, _values""");
    }
}
