using System.Globalization;
using System.Text;

namespace PacsAiWorker.Inference.Runtime;

/// <summary>Names, lengths and times of a folder's files: tells cheaply that something was changed. What was changed, the digests tell.</summary>
internal static class FolderStamp
{
    /// <summary>Equal for as long as nobody writes into the folder.</summary>
    public static string Of(string folder)
    {
        var text = new StringBuilder();
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.FullName, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            text.Append(error.Message);
        }
        return text.ToString();
    }
}
