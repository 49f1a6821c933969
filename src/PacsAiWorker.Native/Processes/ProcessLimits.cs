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

    /// <summary>
    /// Limits another process of ours: private memory, processor time, no files written, no core dumps. A process that has ended is no
    /// error.
    /// </summary>
    public static void ConfineOther(int process, long dataBytes, TimeSpan processor)
    {
        SetOther(process, ProcessCalls.LimitData, (ulong)dataBytes);
        SetOther(process, ProcessCalls.LimitCpu, (ulong)Math.Ceiling(processor.TotalSeconds));
        SetOther(process, ProcessCalls.LimitFileSize, 0);
        SetOther(process, ProcessCalls.LimitCore, 0);
    }

    private static void SetOther(int process, int resource, ulong value)
    {
        var limit = new ProcessCalls.Limit { Current = value, Most = value };
        _ = ProcessCalls.SetLimitOf(process, resource, &limit, null);
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
