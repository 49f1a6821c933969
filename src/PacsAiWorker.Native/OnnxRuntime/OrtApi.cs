using System.Runtime.InteropServices;

namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>
/// The table of function pointers, with the C signatures (section "spine" of <c>onnxruntime_c_api.h</c>). A call that returns
/// a status goes through <see cref="Check"/>, which copies the message, releases the status and throws.
/// </summary>
internal sealed unsafe class OrtApi(nint* table)
{
    /// <exception cref="OrtException">The status is not success.</exception>
    public void Check(nint status)
    {
        if (status == 0)
            return;
        var code = ((delegate* unmanaged[Cdecl]<nint, int>)table[OrtIndex.GetErrorCode])(status);
        var message = ((delegate* unmanaged[Cdecl]<nint, nint>)table[OrtIndex.GetErrorMessage])(status);
        var text = Marshal.PtrToStringUTF8(message) ?? "";
        ((delegate* unmanaged[Cdecl]<nint, void>)table[OrtIndex.ReleaseStatus])(status);
        throw new OrtException((OrtErrorCode)code, text);
    }

    public void Release(int index, nint handle)
    {
        if (handle != 0)
            ((delegate* unmanaged[Cdecl]<nint, void>)table[index])(handle);
    }

    public nint CreateEnv(nint logger, int level, byte* name)
    {
        nint env;
        Check(((delegate* unmanaged[Cdecl]<nint, void*, int, byte*, nint*, nint>)table[OrtIndex.CreateEnvWithCustomLogger])(logger,
            null, level, name, &env));
        Check(((delegate* unmanaged[Cdecl]<nint, nint>)table[OrtIndex.DisableTelemetryEvents])(env));
        return env;
    }

    /// <summary>Any entry of the shape <c>status f(handle, int)</c>.</summary>
    public void Set(int index, nint handle, int value) => Check(((delegate* unmanaged[Cdecl]<nint, int, nint>)table[index])(handle, value));

    /// <summary>Any entry of the shape <c>status f(out handle)</c>.</summary>
    public nint Create(int index)
    {
        nint handle;
        Check(((delegate* unmanaged[Cdecl]<nint*, nint>)table[index])(&handle));
        return handle;
    }

    /// <summary>Any entry of the shape <c>status f(handle, out size)</c>.</summary>
    public nuint Count(int index, nint handle)
    {
        nuint count;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)table[index])(handle, &count));
        return count;
    }

    /// <summary>Any entry of the shape <c>status f(handle, out handle)</c>.</summary>
    public nint Get(int index, nint handle)
    {
        nint result;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)table[index])(handle, &result));
        return result;
    }

    public void AddConfig(nint options, byte* key, byte* value) =>
        Check(((delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint>)table[OrtIndex.AddSessionConfigEntry])(options, key, value));

    /// <summary>Any entry of the shape <c>status f(session options, provider options)</c>.</summary>
    public void AppendProvider(int index, nint options, nint provider) =>
        Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)table[index])(options, provider));

    /// <summary>Any entry of the shape <c>status f(provider options, keys, values, count)</c>.</summary>
    public void UpdateProvider(int index, nint provider, byte** keys, byte** values, nuint count) =>
        Check(((delegate* unmanaged[Cdecl]<nint, byte**, byte**, nuint, nint>)table[index])(provider, keys, values, count));

    /// <summary>Any entry of the shape <c>status f(handle, out array of handles, out size)</c>; array and handles stay the library's.</summary>
    public nint[] Handles(int index, nint handle)
    {
        nint* handles;
        nuint count;
        Check(((delegate* unmanaged[Cdecl]<nint, nint**, nuint*, nint>)table[index])(handle, &handles, &count));
        return new ReadOnlySpan<nint>(handles, (int)count).ToArray();
    }

    /// <summary>Any entry of the shape <c>status f(handle, out text)</c>; the text stays the library's.</summary>
    public string Text(int index, nint handle) => Marshal.PtrToStringUTF8(Get(index, handle)) ?? "";

    public nint CreateSession(nint env, void* model, nuint length, nint options)
    {
        nint session;
        Check(((delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, nint*, nint>)table[OrtIndex.CreateSessionFromArray])(env, model,
            length, options, &session));
        return session;
    }

    public nint TypeInfo(int index, nint session, nuint position)
    {
        nint info;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)table[index])(session, position, &info));
        return info;
    }

    public string Name(int index, nint session, nuint position)
    {
        var allocator = Create(OrtIndex.GetAllocatorWithDefaultOptions); // borrowed, never released
        nint name;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint, nint*, nint>)table[index])(session, position, allocator, &name));
        var text = Marshal.PtrToStringUTF8(name) ?? "";
        Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)table[OrtIndex.AllocatorFree])(allocator, name));
        return text;
    }

    public int ElementType(nint shape)
    {
        int type;
        Check(((delegate* unmanaged[Cdecl]<nint, int*, nint>)table[OrtIndex.GetTensorElementType])(shape, &type));
        return type;
    }

    public long[] Dimensions(nint shape)
    {
        var dims = new long[(int)Count(OrtIndex.GetDimensionsCount, shape)];
        fixed (long* p = dims)
            Check(((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)table[OrtIndex.GetDimensions])(shape, p, (nuint)dims.Length));
        return dims;
    }

    public nint CpuMemory()
    {
        nint info;
        const int arena = 1, normal = 0;
        Check(((delegate* unmanaged[Cdecl]<int, int, nint*, nint>)table[OrtIndex.CreateCpuMemoryInfo])(arena, normal, &info));
        return info;
    }

    public nint TensorOver(nint memory, void* data, nuint bytes, long* dims, nuint rank, int elementType)
    {
        nint value;
        Check(((delegate* unmanaged[Cdecl]<nint, void*, nuint, long*, nuint, int, nint*,
            nint>)table[OrtIndex.CreateTensorWithDataAsOrtValue])(
            memory, data, bytes, dims, rank, elementType, &value));
        return value;
    }

    public void Run(nint session, byte** inputNames, nint* inputs, nuint inputCount, byte** outputNames, nuint outputCount,
        nint* outputs) =>
        Check(((delegate* unmanaged[Cdecl]<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)table[OrtIndex.Run])(
            session, 0, inputNames, inputs, inputCount, outputNames, outputCount, outputs));

    public string BuildInfo() =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)table[OrtIndex.GetBuildInfoString])()) ?? "";
}
