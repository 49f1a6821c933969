using System.IO.Compression;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>
/// The pictures that scores were computed from, without loss, a folder for each study. With the package and its rule they give the
/// network's exact input again (docs/decisions/kept-inputs.md). They stay when the original has left the spool.
/// </summary>
/// <param name="root">Folder; made when the first picture comes.</param>
public sealed class KeptInputs(string root)
{
    private const string Extension = ".png";

    [ThreadStatic]
    private static MemoryStream? written;

    /// <summary>Keeps a picture. It need not be synced: while it is young the spool still holds what it was made from.</summary>
    /// <returns>Its place: study and digest, so that the same picture is kept once and a changed one is known.</returns>
    /// <exception cref="IOException">The disk.</exception>
    public string Keep(Guid study, RasterImage image, Crop part)
    {
        var bytes = written ??= new MemoryStream();
        bytes.SetLength(0);
        PngFile.Write(bytes, image, part, CompressionLevel.Fastest);
        return Keep(study, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <inheritdoc cref="Keep(Guid, RasterImage, Crop)"/>
    public string Keep(Guid study, ReadOnlySpan<byte> picture)
    {
        var place = $"{study:N}/{Convert.ToHexStringLower(SHA256.HashData(picture))}{Extension}";
        var path = Path.Combine(root, place);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var half = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllBytes(half, picture);
            File.Move(half, path, overwrite: true);
        }

        return place;
    }

    /// <summary>The picture at a place.</summary>
    /// <param name="place">As <see cref="Keep"/> gave it.</param>
    /// <returns>Null when it is not there; and whether it still is what was kept.</returns>
    public (byte[] Picture, bool IsWhole)? Read(string place)
    {
        var (folder, name) = (Path.GetDirectoryName(place), Path.GetFileNameWithoutExtension(place));
        if (!Guid.TryParseExact(folder, "N", out _) || Path.GetExtension(place) != Extension || Path.Combine(root, place) is var path && !File.Exists(path))
        {
            return null;
        }

        var picture = File.ReadAllBytes(path);
        return (picture, Convert.ToHexStringLower(SHA256.HashData(picture)) == name);
    }

    /// <summary>Takes a study's pictures off the disk for ever.</summary>
    public void Erase(Guid study)
    {
        if (Path.Combine(root, $"{study:N}") is var folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Takes those studies off the disk to which nothing was added since a time.</summary>
    /// <returns>How many.</returns>
    public int Purge(DateTime before)
    {
        var folders = Directory.Exists(root) ? Directory.EnumerateDirectories(root).Where(IsOld).ToList() : [];
        folders.ForEach(f => Directory.Delete(f, recursive: true));
        return folders.Count;

        bool IsOld(string folder) => Guid.TryParseExact(Path.GetFileName(folder), "N", out _) && Directory.EnumerateFiles(folder).All(f => File.GetLastWriteTimeUtc(f) < before);
    }
}
