namespace PacsAiWorker.Inference.Training.Heads;

/// <summary>
/// Features of many cases, one a row: float32, row by row, rows padded with zeros to whole registers, their number to whole groups of
/// <see cref="RowGroup"/>, so that the products need no remainders.
/// </summary>
public sealed class FeatureMatrix
{
    /// <summary>Rows that a product takes at a time.</summary>
    internal const int RowGroup = 4;

    /// <summary>Rows of a whole number of pages would all fall into the same places of the first cache: each begins five lines further on.</summary>
    private const int LongRow = 512, Shift = 80;

    private FeatureMatrix(int rows, int width)
    {
        (Rows, Width) = (rows, width);
        Length = Up(width, WideLanes.Count);
        Stride = StrideOf(Length);
        PaddedRows = Up(rows, RowGroup);
        Values = new AlignedFloats(PaddedRows * Stride);
    }

    /// <summary>Cases.</summary>
    public int Rows { get; }

    /// <summary>Features of a case.</summary>
    public int Width { get; }

    /// <summary>Floats of a row that count, with zeros up to a whole register.</summary>
    internal int Length { get; }

    /// <summary>Floats from one row to the next.</summary>
    internal int Stride { get; }

    internal int PaddedRows { get; }

    /// <summary>PaddedRows × Stride.</summary>
    internal AlignedFloats Values { get; }

    /// <summary>The rows as they are.</summary>
    /// <exception cref="ArgumentException">There are none, they differ in length, or they are more than <see cref="MostRows"/>.</exception>
    public static FeatureMatrix Of(IReadOnlyList<float[]> rows) => Of(rows, Standardisation.None(rows.Count == 0 ? 0 : rows[0].Length));

    /// <summary>The rows, each feature less its mean, over its deviation.</summary>
    /// <exception cref="ArgumentException">There are none, they differ in length, or they are more than <see cref="MostRows"/>.</exception>
    public static FeatureMatrix Of(IReadOnlyList<float[]> rows, Standardisation scale)
    {
        if (rows.Count == 0 || rows.Any(r => r.Length != scale.Mean.Length))
            throw new ArgumentException($"rows of {scale.Mean.Length} features are needed, at least one", nameof(rows));
        if (rows.Count > MostRows(scale.Mean.Length))
            throw new ArgumentException($"{rows.Count} rows of {scale.Mean.Length} features are too many; at most {MostRows(scale.Mean.Length)} are held: take fewer, or a network with fewer features", nameof(rows));
        var matrix = new FeatureMatrix(rows.Count, scale.Mean.Length);
        for (var i = 0; i < rows.Count; i++)
            VectorMath.Standardise(rows[i], scale.Mean, scale.Deviation, matrix.Values.Span.Slice(i * matrix.Stride, matrix.Width));
        return matrix;
    }

    /// <summary>Cases of this many features that are held at most; .NET counts the floats of an array in 31 bits.</summary>
    public static int MostRows(int width) => (Array.MaxLength - AlignedFloats.Spare) / Math.Max(1, StrideOf(Up(width, WideLanes.Count))) / RowGroup * RowGroup;

    private static int StrideOf(int length) => length + (length >= LongRow ? Shift : 0);

    private static int Up(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
