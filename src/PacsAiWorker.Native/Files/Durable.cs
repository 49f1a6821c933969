using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PacsAiWorker.Native.Files;

/// <summary>
/// What "on disk" means: each call returns only when the kernel said yes. A failed fsync is final for that file (the
/// kernel may have dropped the dirty pages and then report success): write the bytes again under a new name or fail.
/// </summary>
public static class Durable
{
    /// <summary>Waits until the file's bytes and size are on the device.</summary>
    /// <exception cref="SyncException">The kernel refused; HResult is the errno. Never call again for the same file.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static void SyncFile(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (OperatingSystem.IsWindows())
        {
            if (!Posix.FlushFileBuffers(file))
                throw SyncFailure("FlushFileBuffers", null);
            return;
        }
        while (Posix.FSync(file) != 0)
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
                throw SyncFailure("fsync", null);
    }

    /// <summary>Waits until the file's bytes, and its size if that changed, are on the device; times of change may follow later.</summary>
    /// <inheritdoc cref="SyncFile"/>
    public static void SyncData(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!OperatingSystem.IsLinux())
        {
            SyncFile(file);
            return;
        }
        while (Posix.FDataSync(file) != 0)
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
                throw SyncFailure("fdatasync", null);
    }

    /// <summary>
    /// Lets the kernel begin to write a stretch, so that a later <see cref="SyncData"/> has less to wait for. Promises nothing, and what
    /// goes wrong that sync says.
    /// </summary>
    public static void BeginWrite(SafeFileHandle file, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (OperatingSystem.IsLinux())
            _ = Posix.SyncFileRange(file, offset, length, Posix.StartWrite);
    }

    /// <summary>
    /// Gives a stretch of the file back to the disk: it reads as zeros, the size stays. Where the file system cannot, zeros are written.
    /// Not durable before the next sync.
    /// </summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public static void Erase(SafeFileHandle file, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (OperatingSystem.IsLinux() && Posix.FAllocate(file, Posix.PunchHole | Posix.KeepSize, offset, length) == 0)
            return;
        var zeros = new byte[Math.Min(length, 1 << 20)];
        for (long done = 0; done < length; done += zeros.Length)
            RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)), offset + done);
    }

    /// <summary>Waits until the names in a folder (creations, renames, removals) are on the device.</summary>
    /// <exception cref="IOException">The folder cannot be opened; HResult is the errno.</exception>
    /// <exception cref="SyncException">The kernel refused; HResult is the errno.</exception>
    /// <exception cref="PlatformNotSupportedException">Not Linux: folders cannot be synchronised there.</exception>
    public static void SyncDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException("Folders can be synchronised on Linux only; this system cannot promise that a "
                + "received file survives a power cut.");
        int descriptor;
        while ((descriptor = Posix.Open(path, Posix.ReadOnly | Posix.Directory | Posix.CloseOnExec)) < 0)
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
                throw Failure("open", path);
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        while (Posix.FSync(folder) != 0)
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
                throw SyncFailure("fsync", path);
    }

    /// <summary>Renames within one file system, replacing what is there, in one step: readers see the old file or the new one.</summary>
    /// <exception cref="IOException">rename(2) refused; HResult is the errno.</exception>
    public static void Rename(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        if (OperatingSystem.IsWindows())
        {
            File.Move(from, to, overwrite: true);
            return;
        }
        while (Posix.Rename(from, to) != 0)
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
                throw Failure("rename", from + " -> " + to);
    }

    private static IOException Failure(string call, string? what) => new(Words(call, what, out var code), code);

    private static SyncException SyncFailure(string call, string? what) => new(Words(call, what, out var code), code);

    private static string Words(string call, string? what, out int code)
    {
        code = Marshal.GetLastPInvokeError();
        var text = Marshal.GetPInvokeErrorMessage(code);
        return what is null ? $"{call}: {text} (errno {code})" : $"{call} {what}: {text} (errno {code})";
    }
}
