using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace PacsAiWorker.Records.Queries;

/// <summary>
/// Scores whose truth a reader has told, as the predictions that <c>model evaluate</c> and <c>model compare</c> read (docs/evaluation.md): a line an
/// image. Patients are numbered within the file: cases of one patient stay together, and no identifier leaves.
/// </summary>
public static class PredictionExport
{
    /// <param name="filter">Must name one package: columns are its classes.</param>
    /// <returns>Lines without their ends, the header first; fields hold neither commas nor quotes.</returns>
    /// <exception cref="ArgumentException">No package is named.</exception>
    public static async IAsyncEnumerable<string> LinesAsync(RecordsDatabase database, ScoreFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (filter.ModelId is null)
        {
            throw new ArgumentException("Predictions are of one package: name it");
        }

        var patients = new Dictionary<string, int>();
        string? header = null;
        await foreach (var line in ScoreQuery.AllAsync(database, filter, cancellation))
        {
            if (line.Truth is null)
            {
                continue;
            }

            var columns = string.Join(',', line.Classes.Select(c => $"score_{c.Key}"));
            if (header is null)
            {
                header = columns;
                yield return $"study,patient,image,truth,{columns},subgroup,manufacturer,crop";
            }

            // Another version with other classes: its scores do not fit these columns.
            if (columns == header)
            {
                var patient = await PatientOfAsync(database, line.StudyInstanceUid, cancellation) ?? line.StudyInstanceUid;
                patients.TryAdd(patient, patients.Count + 1);
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{line.StudyInstanceUid},p{patients[patient]},{line.SopInstanceUid}{(line.Frame > 0 ? $"#{line.Frame}" : "")},{line.Truth},{string.Join(',', line.Classes.Select(c => c.Value.ToString("R", CultureInfo.InvariantCulture)))},{Plain(line.Site)},{Plain(line.Manufacturer)},{Plain(line.CropSource)}");
            }
        }
    }

    private static async Task<string?> PatientOfAsync(RecordsDatabase database, string studyUid, CancellationToken cancellation)
    {
        await using var context = database.Open();
        return await context.Identities.Where(i => i.Study!.StudyInstanceUid == studyUid).Select(i => i.PatientId).SingleOrDefaultAsync(cancellation);
    }

    /// <summary>A group's name, in letters that no reader of files minds.</summary>
    private static string Plain(string? text) => string.Concat((text ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '.')).Trim();
}
