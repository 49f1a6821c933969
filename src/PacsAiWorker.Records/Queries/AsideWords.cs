using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Records.Queries;

/// <summary>An image that is not in use.</summary>
/// <param name="SetAside"><see cref="SetAsides"/>.</param>
/// <param name="OriginalStudy">Study Instance UID of the image that it is a copy of; null where it is none.</param>
public sealed record AsideImage(Guid Study, string? SetAside, string? OriginalStudy);

/// <summary>Pure: what people read about images that are not in use.</summary>
public static class AsideWords
{
    /// <summary>One sentence for each kind, in a fixed order.</summary>
    /// <param name="study">Study Instance UID of the study that they belong to.</param>
    /// <param name="inUse">How many of its images are in use.</param>
    public static IReadOnlyList<string> Of(string study, int inUse, IEnumerable<AsideImage> images)
    {
        var all = images.ToList();
        var copies = all.Where(i => i.SetAside == SetAsides.Copy).ToList();
        IEnumerable<string> Said(string setAside, Func<string, string> sentence) => all.Count(i => i.SetAside == setAside) is > 0 and var n ? [sentence(Images(n))] : [];
        return
        [
            .. copies.Where(i => i.OriginalStudy != study).GroupBy(i => i.OriginalStudy).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{(inUse == 0 ? "copies of images of another study" : $"{Images(g.Count())} copied from another study")} ({g.Key}): what was found stands there"),
            .. copies.Count(i => i.OriginalStudy == study) is > 0 and var n ? new[] { $"{Images(n)} twice under another UID: counted once" } : [],
            .. Said(SetAsides.Rejected, n => $"{n} rejected by a note"),
            .. Said(SetAsides.Conflict, n => $"{n} came again with other pixels: the first in use"),
        ];
    }

    private static string Images(int count) => count == 1 ? "1 image" : $"{count} images";
}
