namespace PacsAiWorker.Training;

/// <summary>One image of a list of training data. Null: the list does not say.</summary>
/// <param name="Line">In the list, from 1; in a folder its place in the order of paths. Names the image in everything that is written.</param>
/// <param name="File">Path.</param>
/// <param name="Label">Class, from 0, in the order of the card.</param>
/// <param name="Patient">As the list says it; never written.</param>
/// <param name="Study">As the list says it; never written.</param>
/// <param name="Subgroup">For figures by group.</param>
/// <param name="IsTest">Set aside for the evaluation.</param>
internal sealed record TrainingRow(int Line, string File, int Label, string? Patient = null, string? Study = null, string? Subgroup = null, bool IsTest = false);
