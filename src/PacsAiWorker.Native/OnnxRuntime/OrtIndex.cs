namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// Positions in the <c>OrtApi</c> table of <c>onnxruntime_c_api.h</c>. Entries are only ever appended, so the index is the
/// binary interface; a wrong index may succeed silently, hence the conformance test calls each of these with real arguments.
/// All but the last block are of version 15 or older, which every accepted library (1.20 and newer) has.
/// </summary>
internal static class OrtIndex
{
    public const int GetErrorCode = 1;
    public const int GetErrorMessage = 2;
    public const int CreateEnvWithCustomLogger = 4;
    public const int DisableTelemetryEvents = 6;
    public const int CreateSessionFromArray = 8;
    public const int Run = 9;
    public const int CreateSessionOptions = 10;
    public const int SetSessionExecutionMode = 13;
    public const int SetSessionGraphOptimizationLevel = 23;
    public const int SetIntraOpNumThreads = 24;
    public const int SetInterOpNumThreads = 25;
    public const int SessionGetInputCount = 30;
    public const int SessionGetOutputCount = 31;
    public const int SessionGetInputTypeInfo = 33;
    public const int SessionGetOutputTypeInfo = 34;
    public const int SessionGetInputName = 36;
    public const int SessionGetOutputName = 37;
    public const int CreateTensorWithDataAsOrtValue = 49;
    public const int GetTensorMutableData = 51;
    public const int CastTypeInfoToTensorInfo = 55;
    public const int GetTensorElementType = 60;
    public const int GetDimensionsCount = 61;
    public const int GetDimensions = 62;
    public const int GetTensorShapeElementCount = 64;
    public const int GetTensorTypeAndShape = 65;
    public const int CreateCpuMemoryInfo = 69;
    public const int AllocatorFree = 76;
    public const int GetAllocatorWithDefaultOptions = 78;
    public const int ReleaseEnv = 92;
    public const int ReleaseStatus = 93;
    public const int ReleaseMemoryInfo = 94;
    public const int ReleaseSession = 95;
    public const int ReleaseValue = 96;
    public const int ReleaseTypeInfo = 98;
    public const int ReleaseTensorTypeAndShapeInfo = 99;
    public const int ReleaseSessionOptions = 100;
    public const int AddSessionConfigEntry = 130;
    public const int AppendExecutionProviderTensorRtV2 = 170;
    public const int CreateTensorRtProviderOptions = 171;
    public const int UpdateTensorRtProviderOptions = 172;
    public const int ReleaseTensorRtProviderOptions = 174;
    public const int AppendExecutionProviderCudaV2 = 204;
    public const int CreateCudaProviderOptions = 205;
    public const int UpdateCudaProviderOptions = 206;
    public const int ReleaseCudaProviderOptions = 208;
    public const int GetBuildInfoString = 254;

    /// <summary>The version that the entries below came with: an older table ends before them.</summary>
    public const int PlacementSince = 24;
    public const int SessionGetEpGraphAssignmentInfo = 407;
    public const int EpAssignedSubgraphGetEpName = 408;
    public const int EpAssignedSubgraphGetNodes = 409;
    public const int EpAssignedNodeGetName = 410;
    public const int EpAssignedNodeGetOperatorType = 412;
}
