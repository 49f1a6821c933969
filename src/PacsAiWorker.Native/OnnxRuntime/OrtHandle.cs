using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// An owned object of the library. Finalisers run in no order, so a handle keeps a reference on the one it was made from
/// (session on environment) until it is released itself.
/// </summary>
internal sealed class OrtHandle : SafeHandle
{
    private readonly OrtApi _api;
    private readonly int _release;
    private readonly OrtHandle? _parent;

    public OrtHandle(OrtApi api, int releaseIndex, nint handle, OrtHandle? parent)
        : base(0, ownsHandle: true)
    {
        _api = api;
        _release = releaseIndex;
        var held = false;
        parent?.DangerousAddRef(ref held);
        _parent = parent;
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        _api.Release(_release, handle);
        _parent?.DangerousRelease();
        return true;
    }
}
