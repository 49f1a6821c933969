using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>One line of the library's own log. Severity: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal.</summary>
public readonly record struct OrtLogLine(int Severity, string Category, string Location, string Message);

/// <summary>
/// Where the library's log goes. Without a logger it writes coloured lines to stderr, also for a failed run. The sink may be
/// called on any thread and is kept for the life of the process; what it throws is dropped, since it must not cross native code.
/// </summary>
public static unsafe class OrtLog
{
    private static Action<OrtLogLine>? _sink;

    /// <summary>Sets the receiver for the whole process; null drops the lines.</summary>
    public static void SendTo(Action<OrtLogLine>? sink) => Volatile.Write(ref _sink, sink);

    internal static nint Callback =>
        (nint)(delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, byte*, byte*, void>)&Receive;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Receive(void* parameter, int severity, byte* category, byte* logId, byte* location, byte* message)
    {
        try
        {
            Volatile.Read(ref _sink)?.Invoke(new OrtLogLine(severity, Text(category), Text(location), Text(message)));
        }
        catch (Exception)
        {
            // A managed exception must never unwind into native frames.
        }
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
