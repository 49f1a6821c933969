using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Commands;

/// <summary>ONNX Runtime and the decoders for a command that works without a worker.</summary>
internal static class LocalRuntime
{
    /// <exception cref="CommandException">One of them is not there, or fails.</exception>
    public static T With<T>(InferenceOptions inference, Func<OrtLibrary, CodecPool, T> work)
    {
        try
        {
            var library = OrtLibrary.Load(inference.NativeLibraryPath.Length > 0 ? inference.NativeLibraryPath : null, AppContext.BaseDirectory);
            using var codecs = new CodecPool(inference.Codecs.ToCodecOptions());
            return work(library, codecs);
        }
        catch (Exception error) when (error is OrtLibraryException or OrtException or DecodingUnavailableException)
        {
            throw new CommandException(error.Message, ExitCodes.Failed);
        }
    }
}
