using System.Runtime.InteropServices;
using System.Text;

namespace PacsAiWorker.Native.Processes;

/// <summary>
/// A child process that inherits nothing but one end of a <see cref="PacketChannel"/>: its standard streams are empty, every other
/// descriptor is closed (posix_spawn(3)).
/// </summary>
public sealed unsafe class ChildProcess : IDisposable
{
    /// <summary>Where the child finds its end of the channel.</summary>
    public const int ChannelNumber = 3;

    private const int ActionsBytes = 256; // posix_spawn_file_actions_t has 80 on glibc
    private const int ReadWriteFlag = 2; // O_RDWR
    private int process;

    private ChildProcess(int process) => this.process = process;

    /// <summary>Number of the process; 0 once it was waited for.</summary>
    public int Id => process;

    /// <summary>Starts a program.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="environment">The whole environment, NAME=value.</param>
    /// <param name="channel">Becomes descriptor <see cref="ChannelNumber"/> of the child; the caller closes its own copy.</param>
    /// <exception cref="IOException">It cannot be started; the message names the program.</exception>
    public static ChildProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, PacketChannel channel)
    {
        var actions = stackalloc byte[ActionsBytes];
        var words = (byte**)NativeMemory.AllocZeroed((nuint)(arguments.Count + 2), (nuint)sizeof(byte*));
        var settings = (byte**)NativeMemory.AllocZeroed((nuint)(environment.Count + 1), (nuint)sizeof(byte*));
        try
        {
            words[0] = Text(path);
            for (var i = 0; i < arguments.Count; i++)
                words[i + 1] = Text(arguments[i]);
            for (var i = 0; i < environment.Count; i++)
                settings[i] = Text(environment[i]);
            _ = ProcessCalls.InitActions(actions);
            for (var stream = 0; stream < 3; stream++)
                _ = ProcessCalls.AddOpen(actions, stream, "/dev/null", ReadWriteFlag, 0);
            _ = ProcessCalls.AddDuplicate(actions, channel.Descriptor, ChannelNumber);
            _ = ProcessCalls.AddCloseFrom(actions, ChannelNumber + 1); // glibc 2.34
            int started;
            var error = ProcessCalls.Spawn(&started, words[0], actions, null, words, settings);
            _ = ProcessCalls.DestroyActions(actions);
            return error == 0 ? new ChildProcess(started) : throw new IOException($"{path} cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            Free(words);
            Free(settings);
        }
    }

    /// <summary>Ends the process at once and waits until it is gone.</summary>
    public void Dispose()
    {
        var running = Interlocked.Exchange(ref process, 0);
        if (running == 0)
            return;
        _ = ProcessCalls.Kill(running, ProcessCalls.KillSignal);
        int status;
        while (ProcessCalls.Wait(running, &status, 0) < 0 && Marshal.GetLastPInvokeError() == ProcessCalls.Interrupted)
        {
        }
    }

    private static byte* Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    private static void Free(byte** list)
    {
        for (var entry = list; *entry != null; entry++)
            NativeMemory.Free(*entry);
        NativeMemory.Free(list);
    }
}
