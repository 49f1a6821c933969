using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Packages;

/// <summary>Reads <c>golden</c> of <c>model.yaml</c>: what proves a load.</summary>
internal static class GoldenReader
{
    private const double WidestOfPair = 0.01, WidestOfPicture = 0.05;
    private const int MostPictures = 16;

    /// <exception cref="PackageException">Names file, line, key and remedy.</exception>
    public static (GoldenPair Pair, IReadOnlyList<GoldenPicture>? Pictures) Read(YamlMap map, IReadOnlyList<ModelClass> classes)
    {
        var pair = new GoldenPair(map.Text("input"), map.Text("output"), Within(map, "tolerance", WidestOfPair));
        GoldenPicture[] pictures = map.Has("dicom") ? [.. map.Maps("dicom").Select(m => Picture(m, classes))] : [];
        if (pictures.Length > MostPictures)
            throw map.Wrong("dicom", $"lists {pictures.Length} files; at most {MostPictures} are scored at each load");
        map.Done();
        return (pair, pictures);
    }

    private static GoldenPicture Picture(YamlMap map, IReadOnlyList<ModelClass> classes)
    {
        var scores = map.Map("scores");
        var tolerance = map.Map("tolerance");
        var picture = new GoldenPicture(
            map.Text("file"), map.Has("frame") ? map.Whole("frame") : 0, [.. classes.Select(c => Within(scores, c.Id, 1))],
            Precision.All.Where(tolerance.Has).ToDictionary(p => p, p => Within(tolerance, p, WidestOfPicture)))
        { Crop = map.Has("crop") ? Box(map) : null };
        scores.Done();
        tolerance.Done();
        map.Done();
        return picture.Tolerance.Count > 0 ? picture
            : throw map.Wrong("tolerance", "is empty; state one for each precision at which the package may run, like { fp32: 0.0001 }");
    }

    private static Crop Box(YamlMap map) =>
        map.Longs("crop") is [var x0, var y0, var x1, var y1] && x0 >= 0 && y0 >= 0 && x1 is <= ushort.MaxValue && y1 is <= ushort.MaxValue && x0 <= x1 && y0 <= y1
            ? new Crop((int)x0, (int)y0, (int)x1, (int)y1, CropSource.Region)
            : throw map.Wrong("crop", "must be [first column, first row, last column, last row] in pixels of the stored picture");

    private static double Within(YamlMap map, string key, double most) => map.Number(key) is var value && value >= 0 && value <= most
        ? value
        : throw map.Wrong(key, FormattableString.Invariant($"must lie between 0 and {most}"));
}
