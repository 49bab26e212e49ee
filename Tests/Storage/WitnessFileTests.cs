using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;
using JadeVector.Storage.Witnesses;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Storage;

public sealed class WitnessFileTests
{
    private static readonly ShardAddress One = new("db_1", 0), Two = new("db_2", 7);
    private static readonly ShardSighting Seen = new(3, 0x0102030405060708, 10, "1-0123456789abcdef0123456789abcdef", 500);

    [Fact]
    public void What_was_seen_is_there_after_a_restart_and_what_was_forgotten_is_not()
    {
        using var directory = new TemporaryDirectory();
        using (var witness = new StoreWitness(WitnessFiles.OpenFree(directory.Path)))
        {
            witness.Saw(One, Seen);
            witness.Saw(Two, Seen with { Sequence = 11 });
            witness.Saw(One, Seen with { Sequence = 12 });
            witness.Forget(Two);
            Assert.Null(witness.Problem);
        }

        using var again = new StoreWitness(WitnessFiles.OpenFree(directory.Path));
        Assert.Equal([One], again.Shards);
        Assert.Equal(Seen with { Sequence = 12 }, again.Find(One));
        again.Saw(Two, Seen);
        Assert.Equal(3 * WitnessFormat.SlotBytes, new FileInfo(Path.Combine(directory.Path, "witness-1")).Length); // a free slot is used again
    }

    [Fact]
    public void Processes_at_the_same_time_have_a_file_each_and_one_who_verifies_reads_all()
    {
        using var directory = new TemporaryDirectory();
        using (var first = new StoreWitness(WitnessFiles.OpenFree(directory.Path)))
        using (var second = new StoreWitness(WitnessFiles.OpenFree(directory.Path)))
        {
            first.Saw(One, Seen);
            second.Saw(One, Seen with { Sequence = 12 });
            second.Saw(Two, Seen);
            Assert.ThrowsAny<IOException>(() => WitnessFiles.OpenAll(directory.Path));
        }

        using (var all = new StoreWitness(WitnessFiles.OpenAll(directory.Path)))
        {
            Assert.Equal(12ul, all.Find(One).Sequence);
            all.Forget(One);
        }

        using var again = new StoreWitness(WitnessFiles.OpenAll(directory.Path));
        Assert.Equal([Two], again.Shards);
    }

    [Fact]
    public void Torn_slot_is_an_empty_one_and_another_file_is_none()
    {
        using var directory = new TemporaryDirectory();
        using (var witness = new StoreWitness(WitnessFiles.OpenFree(directory.Path)))
        {
            witness.Saw(One, Seen);
            witness.Saw(Two, Seen);
        }

        var path = Path.Combine(directory.Path, "witness-1");
        var bytes = File.ReadAllBytes(path);
        bytes[WitnessFormat.SlotBytes + 24] ^= 1;
        File.WriteAllBytes(path, bytes);
        using (var again = new StoreWitness(WitnessFiles.OpenFree(directory.Path))) Assert.Equal([Two], again.Shards);

        bytes[0] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InvalidDataException>(() => WitnessFiles.OpenFree(directory.Path));
    }

    /// <summary>docs/formats/witness.md.</summary>
    [Fact]
    public void Bytes_of_a_slot_are_those_of_version_1()
    {
        var slot = new byte[WitnessFormat.SlotBytes];
        WitnessFormat.Write(slot, Two, Seen);
        Assert.Equal(
            "0622000003000000000000000807060504030201" + "0A00000000000000" + "F401000000000000" + "64625F322F37",
            Convert.ToHexString(slot.AsSpan(4, 42)));
        Assert.Equal("1-0123456789abcdef0123456789abcdef", System.Text.Encoding.ASCII.GetString(slot.AsSpan(120, 34)));
        Assert.All(slot[154..], each => Assert.Equal(0, each));
        Assert.True(WitnessFormat.TryRead(slot, out var shard, out var sighting));
        Assert.Equal((Two, Seen), (shard, sighting));
    }
}
