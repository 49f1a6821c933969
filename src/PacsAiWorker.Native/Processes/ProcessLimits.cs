using System.Globalization;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Processes;

/// <summary>What a process that handles hostile bytes may use (setrlimit(2)).</summary>
public static unsafe class ProcessLimits
{
    /// <summary>
    /// For the rest of this process' life: so much more private memory than it has now, no files written, no core dumps, no gain of
    /// privileges by starting programs.
    /// </summary>
    /// <param name="moreBytes">Private writable memory beyond what is in use already.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    public static void Confine(long moreBytes)
    {
        Set(ProcessCalls.LimitData, (ulong)(PrivateBytes() + moreBytes));
        Set(ProcessCalls.LimitFileSize, 0);
        Set(ProcessCalls.LimitCore, 0);
        if (ProcessCalls.ControlProcess(ProcessCalls.NoNewPrivileges, 1, 0, 0, 0) != 0)
            throw Failed("no_new_privs");
    }

    /// <summary>Limits private memory and processor time of another process of ours; a process that has ended is no error.</summary>
    public static void ConfineOther(int process, long dataBytes, TimeSpan processor)
    {
        var data = new ProcessCalls.Limit { Current = (ulong)dataBytes, Most = (ulong)dataBytes };
        _ = ProcessCalls.SetLimitOf(process, ProcessCalls.LimitData, &data, null);
        var seconds = (ulong)Math.Ceiling(processor.TotalSeconds);
        var time = new ProcessCalls.Limit { Current = seconds, Most = seconds };
        _ = ProcessCalls.SetLimitOf(process, ProcessCalls.LimitCpu, &time, null);
    }

    /// <summary>VmData of this process (proc(5)): what RLIMIT_DATA counts.</summary>
    private static long PrivateBytes()
    {
        const string Name = "VmData:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(Name.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
    }

    private static void Set(int resource, ulong value)
    {
        var limit = new ProcessCalls.Limit { Current = value, Most = value };
        if (ProcessCalls.SetLimit(resource, &limit) != 0)
            throw Failed("setrlimit");
    }

    private static IOException Failed(string call) => new($"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
}
