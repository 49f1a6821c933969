namespace PacsAiWorker.Inference.Imaging;

/// <summary>A decoded picture, 8 bit.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 grey (0 black) or 3 red, green, blue.</param>
/// <param name="Pixels">Height × Width × Channels, interleaved, row by row.</param>
public sealed record RasterImage(int Width, int Height, int Channels, byte[] Pixels);
