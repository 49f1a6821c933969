using System.Text.Json;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Pipeline.Studies;

/// <summary>Pure: whether somebody has said that a study is complete, so that its quiet time need not pass.</summary>
public static class Completion
{
    /// <summary>Who said so, in words; null when nobody did, or an image came after it.</summary>
    public static string? SaidBy(StudyPicture picture) =>
        picture.Study.CloseAskedAt >= picture.Study.LastReceivedAt ? $"closed by {picture.Study.CloseAskedBy}"
        : SaidByModality(picture) ? "the modality has ended its steps, and every image that they name is here"
        : null;

    /// <summary>
    /// Every step of the study has ended, and all that they made is here. A step that names no image says nothing about images: then the quiet
    /// time decides.
    /// </summary>
    private static bool SaidByModality(StudyPicture picture)
    {
        if (picture.Steps.Count == 0 || picture.Steps.Any(s => s.State == StepStates.InProgress))
        {
            return false;
        }

        var named = picture.Steps.SelectMany(s => JsonSerializer.Deserialize<string[]>(s.Images)!).ToHashSet();
        return named.Count > 0 && named.IsSubsetOf(picture.Instances.Select(i => i.SopInstanceUid));
    }
}
