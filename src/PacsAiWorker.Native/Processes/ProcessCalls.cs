using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.Processes;

/// <summary>The calls of Linux' libc that child processes, descriptors and shared memory need. Constants are those of x64 and arm64.</summary>
internal static unsafe partial class ProcessCalls
{
    public const int Interrupted = 4; // EINTR
    public const int UnixFamily = 1, SequentialPackets = 5, CloseOnExecSocket = 0x80000; // AF_UNIX, SOCK_SEQPACKET, SOCK_CLOEXEC
    public const int SocketLevel = 1, Rights = 1; // SOL_SOCKET, SCM_RIGHTS
    public const int NoSignal = 0x4000, CloseOnExecMessage = 0x4000_0000; // MSG_NOSIGNAL, MSG_CMSG_CLOEXEC
    public const short Readable = 1; // POLLIN
    public const uint MemoryCloseOnExec = 1, MemoryAllowSealing = 2; // MFD_CLOEXEC, MFD_ALLOW_SEALING
    public const int AddSeals = 1033, SealSeal = 1, SealShrink = 2; // F_ADD_SEALS, F_SEAL_SEAL, F_SEAL_SHRINK
    public const int ReadWrite = 3, Shared = 1; // PROT_READ | PROT_WRITE, MAP_SHARED
    public const int PriorityOfProcess = 0; // PRIO_PROCESS
    public const int KillSignal = 9;
    public const int LimitCpu = 0, LimitFileSize = 1, LimitData = 2, LimitCore = 4; // RLIMIT_*
    public const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Slice
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public void* Name;
        public uint NameLength;
        public Slice* Slices;
        public nuint SliceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>A control message that carries one descriptor; padded as CMSG_SPACE wants.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DescriptorControl
    {
        public const nuint LengthOfOne = 20; // CMSG_LEN(sizeof(int))

        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        private readonly int padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Current;
        public ulong Most;
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int niceness);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, ulong count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint ReadAt(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateMemory(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetLength(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    public static partial int SetLimitOf(int process, int resource, Limit* limit, Limit* before);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ControlProcess(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitActions(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyActions(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(void* actions, int descriptor, int number);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int AddCloseFrom(void* actions, int number);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddOpen(void* actions, int number, string path, int flags, uint mode);
}
