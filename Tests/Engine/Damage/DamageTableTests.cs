using Xunit;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>One bit of every class of position in every kind of blob is flipped: it is found, reported by name, never answered from, and stays where it is.</summary>
public sealed class DamageTableTests
{
    private const string Heading =
        """
        # A flipped bit, anywhere

        One bit of each class of position in each kind of blob is flipped, one at a time, and the store is read and verified. In every case the
        verifier names the blob, no reader gets anything but what was written or a refusal (`shard_damaged`), and other shards and databases answer
        as before. Of headers every byte is flipped, of payloads a sample; of segments, beginning, middle and end of each section and block boundaries.
        This table is what `DamageTableTests` saw; it fails when it sees anything else.

        "Answers meanwhile" are those of the shard, database or file that the blob belongs to: *right* means that the damage is in something that
        can be done without. On a local store each blob lies in a file with checksums of its own (the last rows), over those of the formats above.


        """;

    [Fact]
    public async Task Flipped_bit_anywhere_is_found_and_reported_and_contained()
    {
        var table = new DamageTable();
        await DamagedShardBlobs.RunAsync(table);
        await DamagedGrainStates.RunAsync(table);
        await DamagedSnapshotFile.RunAsync(table);
        await DamagedLocalFiles.RunAsync(table);
        table.Check(Heading);
    }
}
