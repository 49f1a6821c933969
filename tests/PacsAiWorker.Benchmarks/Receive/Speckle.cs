namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Pictures that compress as ultrasound does: a sector of smoothed noise on black. The same seed gives the same bytes.</summary>
internal static class Speckle
{
    private const double HalfAngle = 0.62; // radians

    public static byte[] Grey(int columns, int rows, int seed)
    {
        var random = new Random(seed);
        var pixels = new byte[columns * rows];
        for (var y = rows / 24; y < rows; y++)
        {
            // The apex lies above the picture; each row of the sector is one run of pixels.
            var half = (int)Math.Min(columns / 2.0, Math.Tan(HalfAngle) * (y + 0.15 * rows));
            var level = 60.0;
            for (var x = columns / 2 - half; x < columns / 2 + half; x++)
            {
                level += 0.2 * (random.Next(20, 160) - level);
                pixels[y * columns + x] = (byte)level;
            }
        }

        return pixels;
    }

    /// <summary>Grey as three equal samples a pixel, with a bar of colour.</summary>
    public static byte[] Rgb(int columns, int rows, int seed)
    {
        var grey = Grey(columns, rows, seed);
        var pixels = new byte[3 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            pixels.AsSpan(3 * i, 3).Fill(grey[i]);
        }

        for (var y = rows / 8; y < rows / 4; y++)
        {
            pixels[3 * (y * columns + columns - 20)] = 255;
        }

        return pixels;
    }
}
