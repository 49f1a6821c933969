namespace PacsAiWorker.Native.OnnxRuntime;

/// <summary>Where a network runs.</summary>
public enum OrtProvider
{
    /// <summary>CUDA when its files stand beside the core library and it starts; else the processor.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>CUDA; no part of a network may land on the processor.</summary>
    Cuda,

    /// <summary>TensorRT, and CUDA for the parts that it leaves; nothing on the processor.</summary>
    TensorRt,
}

/// <summary>The arithmetic of float32 networks on a GPU; a processor always computes float32.</summary>
public enum OrtPrecision
{
    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>Products with 10 bits of mantissa, sums in float32.</summary>
    Tf32,

    /// <summary>float16 where TensorRT finds it faster.</summary>
    Fp16,
}

/// <summary>How cuDNN chooses the algorithm of a convolution, once for each shape.</summary>
public enum OrtConvSearch
{
    /// <summary>By rule, in milliseconds.</summary>
    Heuristic,

    /// <summary>By trying all of them, in up to a second a shape.</summary>
    Exhaustive,

    /// <summary>Always the same one.</summary>
    Default,
}
