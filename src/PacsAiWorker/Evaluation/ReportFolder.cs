using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Evaluation;

/// <summary>Writes a report: for programs as JSON, for people as a page.</summary>
internal static class ReportFolder
{
    /// <summary>How evaluation.json and comparison.json are written: numbers in full, choices as words.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <exception cref="CommandException">The folder cannot be written.</exception>
    public static void Write(string folder, string name, object report, string page)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, $"{name}.json"), JsonSerializer.Serialize(report, Json) + "\n");
            File.WriteAllText(Path.Combine(folder, $"{name}.html"), page);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--out {folder}: {error.Message}", ExitCodes.Failed);
        }
    }
}
