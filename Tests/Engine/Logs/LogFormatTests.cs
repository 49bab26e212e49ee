using System.Text;
using JadeVector.Engine.Logs;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>Logs that older releases wrote stay readable: these are their bytes (docs/formats/log.md shows the same).</summary>
public sealed class LogFormatTests
{
    private const string GoldenLog =
        "4a564c470100010002000000000000000500000000000000290000000000000088776655443322111cec05efdec08c47000000000000000000000000c12fefda"
        + "4a564c46010000000500000003000000050000000000000029000000000000008877665544332211000102030405060708090a0b0c0d0e0f1100ffeeddccbbaa"
        + "4000000000000000000000000c4e242168656c6c6f650447354a564c454a564c4603000000000000000000000006000000000000000000000000000000990000"
        + "0000000000000000000000000000000000000000001cec05efdec08c47ffffffffffffffff0000000054bf7dbf54bf7dbf4a564c45";

    private static readonly LogIdentity Log = new("5-0123456789abcdef0123456789abcdef", "databases/db_golden/shards/2/log/5-0123456789abcdef0123456789abcdef");

    [Fact]
    public void Version_1_is_written_as_it_is_documented() => Assert.Equal(GoldenLog, Convert.ToHexStringLower(Write()));

    [Fact]
    public void Version_1_is_read_as_it_is_documented()
    {
        var bytes = Convert.FromHexString(GoldenLog).AsSpan();
        Assert.Null(LogHeader.TryRead(bytes, Log, out var header, out var chain));
        Assert.Equal(new LogHeader(2, 5, 41, 0x1122334455667788), header);

        var frame = bytes[LogHeader.SizeBytes..];
        Assert.Null(FrameHeader.TryRead(frame, chain, Log.Seed, out var batch));
        Assert.Equal(Batch(), batch);
        Assert.Null(FrameHeader.CheckBody(frame[..batch.FrameSizeBytes], out _));

        var fence = frame[batch.FrameSizeBytes..];
        Assert.Null(FrameHeader.TryRead(fence, 0, Log.Seed, out var end));
        Assert.Equal((FrameKind.Fence, 6ul, 0x99ul, FrameHeader.FencePosition), (end.Kind, end.Epoch, end.WriterNonce, end.Position));
        Assert.Equal(LogLimits.FrameOverheadBytes, fence.Length);
    }

    [Theory]
    [InlineData(4, "format version 3")]
    [InlineData(6, "checksum kind 3")]
    public void Newer_version_is_named_and_not_called_damaged(int offset, string named)
    {
        var bytes = Write();
        bytes[offset] ^= 2;
        Assert.Contains(named, LogHeader.TryRead(bytes, Log, out _, out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0-0123456789abcdef0123456789abcdef", true, 0)]
    [InlineData("18446744073709551615-0123456789abcdef0123456789abcdef", true, ulong.MaxValue)]
    [InlineData("01-0123456789abcdef0123456789abcdef", false, 0)]
    [InlineData("1-0123456789ABCDEF0123456789abcdef", false, 0)]
    [InlineData("1-0123", false, 0)]
    [InlineData("-0123456789abcdef0123456789abcdef", false, 0)]
    [InlineData("../manifest", false, 0)]
    public void Log_names_have_one_form(string name, bool isName, ulong epoch)
    {
        Assert.Equal(isName, LogNames.TryParse(name, out var parsed));
        if (isName)
        {
            Assert.Equal(epoch, parsed);
            Assert.InRange(name.Length, 1, LogNames.LengthMax);
        }
    }

    private static FrameHeader Batch()
    {
        var request = new RequestKey(new UInt128(0x0f0e0d0c0b0a0908, 0x0706050403020100), 0xaabbccddeeff0011);
        return new FrameHeader(FrameKind.Batch, 5, 3, 5, 41, 0x1122334455667788, request, LogHeader.SizeBytes);
    }

    private static byte[] Write()
    {
        var header = new byte[LogHeader.SizeBytes];
        var chain = new LogHeader(2, 5, 41, 0x1122334455667788).Write(header, Log);
        var frame = new byte[Batch().FrameSizeBytes];
        Batch().Write(frame, Encoding.UTF8.GetBytes("hello"), chain);
        return [.. header, .. frame, .. FrameHeader.Fence(Log, 6, 0x99)];
    }
}
