using System.Text;

namespace PacsAiWorker.Dicom.Web;

/// <summary>What a STOW-RS request carries (PS3.18 section 10.5, multipart as in RFC 2387): whole DICOM files, one a part.</summary>
public static class StowRequest
{
    public const string Accept = "application/dicom+json";

    /// <param name="boundary">Letters and digits; must stand in none of the files, so draw it at random.</param>
    public static string ContentType(string boundary) => $"multipart/related; type=\"application/dicom\"; boundary={boundary}";

    /// <param name="boundary">As in <see cref="ContentType"/>.</param>
    /// <param name="files">In the order in which they shall be stored.</param>
    public static byte[] Body(string boundary, IEnumerable<byte[]> files)
    {
        using var body = new MemoryStream();
        foreach (byte[] file in files)
        {
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"));
            body.Write(file);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return body.ToArray();
    }
}
