using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Native.Files;

/// <summary>
/// The few calls of libc whose outcome the base library hides: <c>FileStream.Flush(true)</c> reports success while the
/// kernel returned EIO, and a folder cannot be opened for fsync at all. Every return value here is checked by
/// <see cref="Durable"/>.
/// </summary>
internal static partial class Posix
{
    public const int Interrupted = 4; // EINTR
    public const int ReadOnly = 0; // O_RDONLY
    public const uint StartWrite = 2; // SYNC_FILE_RANGE_WRITE
    public const int KeepSize = 1; // FALLOC_FL_KEEP_SIZE
    public const int PunchHole = 2; // FALLOC_FL_PUNCH_HOLE
    public const int CloseOnExec = 0x80000; // O_CLOEXEC, the same on x64 and arm64

    /// <summary>O_DIRECTORY, which Linux numbers by processor.</summary>
    public static int Directory => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x10000,
        Architecture.Arm64 => 0x4000,
        var other =>
            throw new PlatformNotSupportedException($"Folders cannot be synchronised on Linux {other}: only x64 and arm64 are known."),
    };

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("kernel32", EntryPoint = "FlushFileBuffers", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool FlushFileBuffers(SafeFileHandle file);
}
