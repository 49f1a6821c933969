using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Training;

/// <summary>What a trained package proves its load with: a drawn picture, for a patient's picture does not belong into a package.</summary>
internal static class GoldenInput
{
    private const int Side = 256;

    /// <summary>One item of the input's shape: soft waves with grain, through the package's own pre-processing. The same on every machine.</summary>
    public static float[] Make(PreprocessingRule rule)
    {
        var pixels = new byte[Side * Side];
        var state = 1u;
        for (var i = 0; i < pixels.Length; i++)
        {
            int x = i % Side, y = i / Side;
            state = state * 1664525 + 1013904223; // the constants of Numerical Recipes
            var wave = Math.Abs(x % 64 - 32) + Math.Abs(y % 96 - 48); // 0 to 80
            pixels[i] = (byte)(40 + wave + (state >> 24) % 64);
        }

        return Preprocessing.ToTensor(new RasterImage(Side, Side, 1, pixels), new Crop(0, 0, Side - 1, Side - 1, CropSource.Full), rule);
    }
}
