namespace PacsAiWorker.Inference.Explanation;

/// <summary>Brings a map to another size: bilinear, centres at half pixels, the border repeated outside.</summary>
internal sealed class BilinearScale(int width, int height, int toWidth, int toHeight)
{
    private readonly (int Low, int High, double Part)[] _across = Taps(width, toWidth), _down = Taps(height, toHeight);

    /// <param name="map">height × width values, row by row.</param>
    /// <param name="scaled">toHeight × toWidth values; is written.</param>
    public void Fill(ReadOnlySpan<double> map, Span<double> scaled)
    {
        for (var y = 0; y < toHeight; y++)
        {
            var (low, high, part) = _down[y];
            ReadOnlySpan<double> above = map.Slice(low * width, width), below = map.Slice(high * width, width);
            for (var x = 0; x < toWidth; x++)
            {
                var (left, right, share) = _across[x];
                var top = above[left] + (above[right] - above[left]) * share;
                var bottom = below[left] + (below[right] - below[left]) * share;
                scaled[y * toWidth + x] = top + (bottom - top) * part;
            }
        }
    }

    private static (int Low, int High, double Part)[] Taps(int from, int to) => Array.ConvertAll(Enumerable.Range(0, to).ToArray(), i =>
    {
        var place = Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
        var low = (int)place;
        return (low, Math.Min(low + 1, from - 1), place - low);
    });
}
