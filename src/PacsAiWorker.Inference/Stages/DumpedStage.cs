namespace PacsAiWorker.Inference.Stages;

/// <summary>One array on the way from a stored frame to probabilities.</summary>
/// <param name="Stage">stored, displayed, crop, grey, resized, input, raw or probabilities.</param>
/// <param name="Model">Package that it belongs to; null for what all share.</param>
/// <param name="Frame">0 for a single-frame object, else from 1.</param>
/// <param name="Shape">Lengths of the axes.</param>
/// <param name="Dtype">NumPy's name.</param>
/// <param name="Axes">Names of the axes.</param>
/// <param name="Unit">What a value is.</param>
/// <param name="File">Its file, relative to stages.json.</param>
public sealed record DumpedStage(string Stage, string? Model, int Frame, IReadOnlyList<int> Shape, string Dtype, string Axes, string Unit, string File);
