namespace JadeVector.Engine.Blobs.Files;

/// <summary>Linux file systems that are somebody else's disk: their locks and flushes promise too little. Numbers from statfs(2) and linux/magic.h.</summary>
internal static class FileSystemKinds
{
    internal static string? NetworkName(long type) => (uint)type switch
    {
        0x6969 => "nfs",
        0x517B => "smb",
        0xFF534D42 => "cifs",
        0xFE534D42 => "smb2",
        0x65735546 => "fuse",
        0x01021997 => "9p",
        0x00C36400 => "ceph",
        0x5346414F or 0x6B414653 => "afs",
        0x73757245 => "coda",
        0x564C => "ncp",
        0x0BD00BD0 => "lustre",
        0x47504653 => "gpfs",
        _ => null,
    };
}
