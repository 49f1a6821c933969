using System.Text.RegularExpressions;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>OrtErrorCode of <c>onnxruntime_c_api.h</c>.</summary>
public enum OrtErrorCode
{
    Ok = 0,
    Fail = 1,
    InvalidArgument = 2,
    NoSuchFile = 3,
    NoModel = 4,
    EngineError = 5,
    RuntimeException = 6,
    InvalidProtobuf = 7,
    ModelLoaded = 8,
    NotImplemented = 9,
    InvalidGraph = 10,
    EpFail = 11,
    ModelLoadCanceled = 12,
    ModelRequiresCompilation = 13,
    NotFound = 14,
}

/// <summary>ONNX Runtime refused a call. The message is the library's own, with folders removed.</summary>
public sealed partial class OrtException(OrtErrorCode code, string message)
    : Exception($"ONNX Runtime: {Folders().Replace(message, "").Trim()} (code {(int)code}, {code})")
{
    /// <summary>The library's class of failure.</summary>
    public OrtErrorCode Code { get; } = code;

    [GeneratedRegex("(?<![A-Za-z0-9_.])/(?:[^\\s/:'\"]+/)+")]
    private static partial Regex Folders();
}

/// <summary>The native library is absent, unreadable or too old. The message lists where it was looked for and the remedy.</summary>
public sealed class OrtLibraryException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The GPU that is wanted cannot be used. The message names what is missing, with what the library said, and the remedy.</summary>
public sealed class OrtDeviceException(string message, Exception? inner = null) : Exception(message, inner);
