namespace PacsAiWorker.Demo.Phantoms;

/// <summary>Speckle and what modulates it. All places are relative to the scan box: u across and v down, 0 to 1.</summary>
internal static class PhantomTissue
{
    /// <summary>An ellipse that changes the echo by a factor, with a soft rim.</summary>
    private readonly record struct Spot(double U, double V, double RadiusU, double RadiusV, double Factor)
    {
        public double At(double u, double v)
        {
            double a = (u - U) / RadiusU, b = (v - V) / RadiusV;
            var r = a * a + b * b;
            return r >= 1.3 ? 1 : r <= 0.7 ? Factor : Factor + (1 - Factor) * (r - 0.7) / 0.6;
        }

        /// <summary>The pixels whose centres lie between its middle and where its rim is half as strong, as a rectangle of the picture.</summary>
        public Box In(Box box) => new(
            box.X0 + (int)Math.Ceiling((U - RadiusU) * box.Width - 0.5), box.Y0 + (int)Math.Ceiling((V - RadiusV) * box.Height - 0.5),
            box.X0 + (int)Math.Floor((U + RadiusU) * box.Width - 0.5), box.Y0 + (int)Math.Floor((V + RadiusV) * box.Height - 0.5));
    }

    /// <returns>Where the lesion lies; null without one.</returns>
    public static Box? Draw(byte[] grey, PhantomScene scene, Box box, Dice dice)
    {
        var gain = dice.Between(0.45, 1.5);
        var tilt = dice.Between(-0.5, 0.5); // gain over depth
        var side = dice.Between(-0.25, 0.25); // gain over width
        var knee = dice.Between(0.8, 1.6); // compression
        var layers = Enumerable.Range(0, dice.Below(4)).Select(_ => (
            V: dice.Between(0.05, 0.95), Thick: dice.Between(0.008, 0.03), Rise: dice.Between(0.3, 1.2),
            Slope: dice.Between(-0.15, 0.15))).ToArray();
        var spots = Enumerable.Range(0, dice.Below(4)).Select(_ => Vessel(box, dice)).ToList();
        var shadow = dice.Chance(0.3) ? (U: dice.Between(0.1, 0.9), Half: dice.Between(0.01, 0.04), Depth: dice.Between(0.3, 0.7))
            : (U: 0, Half: 0, Depth: 1);
        Spot? lesion = scene.Lesion ? Lesion(scene.Geometry, box, dice) : null;
        if (lesion is { } added)
            spots.Add(added);
        var speckle = Speckle(box.Width / 2 + 2, box.Height / 2 + 2, dice);
        var stride = box.Width / 2 + 2;
        var outline = new Outline(scene.Geometry, (double)box.Height / box.Width);
        for (var y = 0; y < box.Height; y++)
        {
            var v = (y + 0.5) / box.Height;
            for (var x = 0; x < box.Width; x++)
            {
                var u = (x + 0.5) / box.Width;
                if (!outline.Contains(u, v))
                    continue;
                var echo = gain * (1 + tilt * (v - 0.5)) * (1 + side * (u - 0.5));
                foreach (var (place, thick, rise, slope) in layers)
                {
                    var d = (v - place - slope * (u - 0.5)) / thick;
                    echo *= 1 + rise / (1 + d * d);
                }
                foreach (var spot in spots)
                    echo *= spot.At(u, v);
                foreach (var shape in scene.Shapes)
                    echo *= shape.At(u, v);
                if (Math.Abs(u - shadow.U) < shadow.Half)
                    echo *= shadow.Depth;
                var amplitude = echo * Between(speckle, stride, x, y);
                grey[(box.Y0 + y) * scene.Width + box.X0 + x] = (byte)Math.Min(255, 1 + 254 * amplitude / (amplitude + knee));
            }
        }
        return lesion?.In(box);
    }

    private static Spot Vessel(Box box, Dice dice)
    {
        var radius = dice.Between(0.008, 0.018);
        return new Spot(dice.Between(0.1, 0.9), dice.Between(0.1, 0.9), radius, radius * box.Width / box.Height, dice.Between(0.1, 0.6));
    }

    private static Spot Lesion(Geometry geometry, Box box, Dice dice)
    {
        var radius = dice.Between(0.05, 0.12);
        var flat = dice.Between(0.7, 1.2);
        var contrast = dice.Chance(0.6) ? dice.Between(0.2, 0.62) : dice.Between(1.6, 3.2);
        var half = geometry == Geometry.Linear ? 0.38 : 0.16;
        return new Spot(0.5 + dice.Between(-half, half), dice.Between(geometry == Geometry.Linear ? 0.15 : 0.4, 0.8), radius,
            radius * flat * box.Width / box.Height, contrast);
    }

    /// <summary>Amplitude of a smoothed complex field (Rayleigh), mean about 1; Height × Width at half resolution.</summary>
    private static double[] Speckle(int width, int height, Dice dice)
    {
        var re = Field(width, height, dice);
        var im = Field(width, height, dice);
        const double toMeanOne = 2.1; // one pass of (1 2 1)/4 both ways leaves (3/8) of the deviation; Rayleigh mean 1.2533
        for (var i = 0; i < re.Length; i++)
            re[i] = Math.Sqrt(re[i] * re[i] + im[i] * im[i]) * toMeanOne;
        return re;
    }

    private static double[] Field(int width, int height, Dice dice)
    {
        var field = new double[width * height];
        foreach (ref var value in field.AsSpan())
            value = dice.Normal();
        var smooth = new double[field.Length];
        for (var y = 1; y < height - 1; y++)
            for (var x = 1; x < width - 1; x++)
            {
                var i = y * width + x;
                smooth[i] = (4 * field[i] + 2 * (field[i - 1] + field[i + 1] + field[i - width] + field[i + width])
                    + field[i - width - 1] + field[i - width + 1] + field[i + width - 1] + field[i + width + 1]) / 16;
            }
        return smooth;
    }

    private static double Between(double[] half, int stride, int x, int y)
    {
        var i = (y / 2) * stride + x / 2;
        double right = (x & 1) * 0.5, down = (y & 1) * 0.5;
        return (half[i] * (1 - right) + half[i + 1] * right) * (1 - down)
            + (half[i + stride] * (1 - right) + half[i + stride + 1] * right) * down;
    }
}
