using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Spool;

namespace PacsAiWorker.Pipeline;

/// <summary>Where rooms after Receiving find an instance's bytes; the log itself belongs to Receiving.</summary>
/// <param name="Root">Full path of the spool folder.</param>
public sealed record SpoolFiles(string Root)
{
    /// <summary>The DICOM file at a place of the spool, or null when its segment is gone.</summary>
    /// <param name="file">As <c>InstanceRow.File</c> has it.</param>
    public FileRange? Find(string file)
    {
        if (!SpoolLocation.TryParse(file, out var location))
        {
            return null;
        }

        var path = SpoolLog.PathOf(Root, location.Segment);
        return File.Exists(path) ? new FileRange(path, location.Offset, location.Length) : default(FileRange?);
    }
}

/// <summary>Section <c>Studies</c> as spans: how long a study waits for more images, and at most.</summary>
public sealed record StudyTimes(TimeSpan Quiet, TimeSpan Cap);
