namespace PacsAiWorker.Evaluation;

/// <summary>One row of a file of predictions: an image, what is true of it and what a model said. Null: the file has no such column.</summary>
/// <param name="Line">In the file, from 1.</param>
/// <param name="Study">Any name of the study.</param>
/// <param name="Patient">Pseudonym.</param>
/// <param name="Image">Any name of the image, once in a study.</param>
/// <param name="Truth">Class id, or 1 and 0.</param>
/// <param name="Scores">By class as the file's columns stand, or the one score; null where the image was not scored.</param>
/// <param name="Label">The answer as class id, for a reader or a model without scores.</param>
/// <param name="Groups">By column: subgroup, manufacturer, crop, view.</param>
/// <param name="Fold">Of a cross-validation.</param>
internal sealed record Prediction(
    int Line, string? Study, string? Patient, string? Image, string Truth, double[]? Scores, string? Label, IReadOnlyDictionary<string, string> Groups, string? Fold)
{
    public bool IsScored => Scores is not null || Label is not null;

    /// <summary>Finds the same image in another file.</summary>
    public string Key => Study is null ? Image ?? "" : $"{Study} {Image}";
}
