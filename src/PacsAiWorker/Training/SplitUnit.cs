namespace PacsAiWorker.Training;

/// <summary>What may not appear on both sides of a split.</summary>
internal enum SplitUnit
{
    Patient,
    Study,

    /// <summary>Nothing: images of one patient may lie on both sides, and every figure is too good.</summary>
    Image,
}
