namespace PacsAiWorker.Inference.Imaging;

/// <summary>
/// Finds the scan area of an image without usable regions: in a still the pixels above black, in a clip those that change; rows of
/// text trimmed from top and bottom, the largest connected part (4 neighbours), its bounding box. Of equal parts the first in row
/// order; same pixels, same box.
/// </summary>
internal static class PixelFallback
{
    private const double LeastShareOfPicture = 0.01, DeepestBand = 0.20, NearEdge = 0.02;
    private const int TextRuns = 8, LongestLetter = 14, CompressionLevels = 8;

    /// <param name="frames">One still, or the frames of a clip, all of one size.</param>
    public static Crop? Find(IReadOnlyList<RasterImage> frames) =>
        Largest(frames.Count == 1 ? Lit(frames[0]) : Changing(frames), frames[0].Width, frames[0].Height);

    /// <summary>
    /// A region that reaches the picture's upper or lower edge, without the rows of text there: some devices call their whole screen the
    /// scan, patient's name and all.
    /// </summary>
    public static Crop WithoutTextBands(RasterImage image, Crop crop)
    {
        var near = (int)(NearEdge * image.Height);
        if (crop.Y0 > near && crop.Y1 < image.Height - 1 - near)
            return crop;
        var lit = Lit(image);
        var top = crop.Y0 <= near ? TextRows(lit, image, crop, crop.Y0, 1) : 0;
        var bottom = crop.Y1 >= image.Height - 1 - near ? TextRows(lit, image, crop, crop.Y1, -1) : 0;
        return crop.Height - top - bottom > 1 ? crop with { Y0 = crop.Y0 + top, Y1 = crop.Y1 - bottom } : crop;
    }

    /// <summary>Rows from an edge of the crop up to and with the last row of text before the scan begins, no deeper than a fifth.</summary>
    private static int TextRows(bool[] lit, RasterImage image, Crop crop, int edge, int step)
    {
        var rows = 0;
        for (var depth = 0; depth < DeepestBand * crop.Height; depth++)
        {
            var row = lit.AsSpan((edge + step * depth) * image.Width + crop.X0, crop.Width);
            if (!EmptyOrText(row))
                break;
            if (row.Contains(true))
                rows = depth + 1;
        }

        return rows;
    }

    private static Crop? Largest(bool[] lit, int width, int height)
    {
        var (first, last) = (Trim(lit, width, height, 0, 1), Trim(lit, width, height, height - 1, -1));
        var stack = new Stack<int>();
        Crop? best = null;
        var most = (long)(LeastShareOfPicture * width * height);
        for (var start = first * width; start < (last + 1) * width; start++)
        {
            if (!lit[start])
                continue;
            long size = 0;
            int x0 = width, y0 = height, x1 = 0, y1 = 0;
            lit[start] = false;
            stack.Push(start);
            while (stack.TryPop(out var at))
            {
                int x = at % width, y = at / width;
                size++;
                (x0, y0, x1, y1) = (Math.Min(x0, x), Math.Min(y0, y), Math.Max(x1, x), Math.Max(y1, y));
                Visit(x > 0, at - 1);
                Visit(x < width - 1, at + 1);
                Visit(y > first, at - width);
                Visit(y < last, at + width);
            }
            if (size > most)
                (most, best) = (size, new Crop(x0, y0, x1, y1, CropSource.Fallback));
        }
        return best;

        void Visit(bool exists, int neighbour)
        {
            if (!exists || !lit[neighbour])
                return;
            lit[neighbour] = false;
            stack.Push(neighbour);
        }
    }

    /// <summary>Height × Width: any channel above 0.</summary>
    private static bool[] Lit(RasterImage image)
    {
        var lit = new bool[image.Width * image.Height];
        var pixels = image.Pixels;
        for (var i = 0; i < pixels.Length; i++)
            lit[i / image.Channels] |= pixels[i] > 0;
        return lit;
    }

    /// <summary>Height × Width: any channel whose values over the clip lie further apart than compression makes them.</summary>
    private static bool[] Changing(IReadOnlyList<RasterImage> frames)
    {
        var lit = new bool[frames[0].Width * frames[0].Height];
        var (least, most) = (frames[0].Pixels.ToArray(), frames[0].Pixels.ToArray());
        foreach (var frame in frames.Skip(1))
        {
            var pixels = frame.Pixels;
            for (var i = 0; i < pixels.Length; i++)
                (least[i], most[i]) = (Math.Min(least[i], pixels[i]), Math.Max(most[i], pixels[i]));
        }

        for (var i = 0; i < least.Length; i++)
            lit[i / frames[0].Channels] |= most[i] - least[i] > CompressionLevels;
        return lit;
    }

    /// <summary>From an edge inwards: the first row that is neither empty nor text, but no deeper than a fifth of the height.</summary>
    private static int Trim(bool[] lit, int width, int height, int edge, int step)
    {
        for (var depth = 0; depth < DeepestBand * height; depth++)
        {
            var row = edge + step * depth;
            if (!EmptyOrText(lit.AsSpan(row * width, width)))
                return row;
        }
        return edge;
    }

    /// <summary>Text is many short runs; a scan area's row is one run or few long ones.</summary>
    private static bool EmptyOrText(ReadOnlySpan<bool> row)
    {
        int runs = 0, filled = 0;
        for (var x = 0; x < row.Length; x++)
        {
            filled += row[x] ? 1 : 0;
            runs += row[x] && (x == 0 || !row[x - 1]) ? 1 : 0;
        }
        return filled == 0 || runs >= TextRuns && filled <= runs * LongestLetter;
    }
}
