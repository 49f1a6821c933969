namespace PacsAiWorker.Demo.Phantoms;

/// <summary>Outline of the scan area.</summary>
public enum Geometry
{
    /// <summary>A rectangle.</summary>
    Linear,

    /// <summary>Between two arcs.</summary>
    Convex,

    /// <summary>A fan from one point.</summary>
    Sector,
}

/// <summary>A rectangle in pixels; both corners belong to it.</summary>
public readonly record struct Box(int X0, int Y0, int X1, int Y1)
{
    /// <summary>Columns.</summary>
    public int Width => X1 - X0 + 1;

    /// <summary>Rows.</summary>
    public int Height => Y1 - Y0 + 1;
}

/// <summary>What a phantom picture shows.</summary>
/// <param name="Seed">Same seed, same pixels.</param>
/// <param name="Lesion">Whether it holds a lesion.</param>
/// <param name="Geometry">Outline.</param>
/// <param name="Width">Columns of the picture.</param>
/// <param name="Height">Rows of the picture.</param>
/// <param name="TextBands">Text above and below the scan area.</param>
/// <param name="ColourFlow">A colour Doppler box inside the scan area.</param>
public sealed record PhantomScene(
    ulong Seed, bool Lesion, Geometry Geometry = Geometry.Linear, int Width = 640, int Height = 480, bool TextBands = false,
        bool ColourFlow = false)
{
    /// <summary>What else is drawn, in this order, over layers and vessels: the classes of data sets that resemble those of the papers.</summary>
    public IReadOnlyList<PhantomShape> Shapes { get; init; } = [];
}

/// <summary>
/// A picture that looks like ultrasound and is not: speckle under varying gain, layers, small vessels and shadows in both classes,
/// and a lesion (darker or brighter, of varying size, place and contrast) in one. The scan area's box is known.
/// </summary>
/// <param name="Scene">What it was made from.</param>
/// <param name="Box">The scan area.</param>
/// <param name="Grey">Height × Width, row by row; 0 outside the scan area except text.</param>
/// <param name="Rgb">Height × Width × 3, interleaved: the same picture with colour flow and a coloured emblem outside the scan
/// area.</param>
public sealed record PhantomImage(PhantomScene Scene, Box Box, byte[] Grey, byte[] Rgb)
{
    /// <summary>The rectangle around the lesion, an ellipse that fills it; null without one.</summary>
    public Box? LesionBox { get; private init; }

    /// <summary>Draws a scene; the same scene gives the same pixels on every machine.</summary>
    public static PhantomImage Make(PhantomScene scene)
    {
        var dice = new Dice(scene.Seed * 2 + (scene.Lesion ? 1UL : 0UL));
        var box = Place(scene, dice);
        var grey = new byte[scene.Width * scene.Height];
        var lesion = PhantomTissue.Draw(grey, scene, box, dice);
        if (scene.TextBands)
            PhantomText.Draw(grey, scene.Width, scene.Height, box, dice);
        var rgb = new byte[grey.Length * 3];
        for (var i = 0; i < grey.Length; i++)
            rgb.AsSpan(3 * i, 3).Fill(grey[i]);
        if (scene.TextBands)
            Paint(rgb, scene.Width, new Box(4, 4, 19, 15), 0, 160, 230);
        if (scene.ColourFlow)
            PhantomFlow.Draw(rgb, scene, box, dice);
        return new PhantomImage(scene, box, grey, rgb) { LesionBox = lesion };
    }

    internal static void Paint(byte[] rgb, int width, Box box, byte red, byte green, byte blue)
    {
        for (var y = box.Y0; y <= box.Y1; y++)
            for (var x = box.X0; x <= box.X1; x++)
                (rgb[3 * (y * width + x)], rgb[3 * (y * width + x) + 1], rgb[3 * (y * width + x) + 2]) = (red, green, blue);
    }

    private static Box Place(PhantomScene scene, Dice dice)
    {
        var left = (int)(scene.Width * dice.Between(0.10, 0.20));
        var right = (int)(scene.Width * dice.Between(0.80, 0.90));
        var top = (int)(scene.Height * dice.Between(0.10, 0.14));
        var bottom = (int)(scene.Height * dice.Between(0.86, 0.91));
        return new Box(left, top, right, bottom);
    }
}
