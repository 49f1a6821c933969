using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>
/// Features that were computed already, in one file that only grows: a head, then records. A record is its length, the beginning of its
/// SHA-256, and its content; whatever ends a run in the middle of one leaves an end that does not fit, which is cut off when the file is opened
/// again. Little-endian. Holds digests, hashes and features; nothing of a header.
/// </summary>
public sealed class FeatureCache : IDisposable
{
    private const string Magic = "PacsAiWorker features 1\n";
    private const int DigestBytes = 32, CheckBytes = 8, HeadBytes = sizeof(int) + CheckBytes, FixedBytes = 2 * DigestBytes + sizeof(ulong) + 1 + sizeof(int);

    private readonly Stream _file;
    private readonly int _width;
    private readonly Dictionary<string, TrainingImage> _images = [];

    /// <param name="file">At its beginning; is taken over.</param>
    /// <param name="width">Features of a frame.</param>
    internal FeatureCache(Stream file, int width) => (_file, _width) = (file, width);

    /// <summary>Images that are known.</summary>
    public int Count => _images.Count;

    /// <summary>Opens or begins the cache of one network and one pre-processing.</summary>
    /// <param name="folder">Made when absent.</param>
    /// <param name="key">Everything that decides the features, in words: each key has a file of its own.</param>
    /// <param name="width">Features of a frame.</param>
    /// <exception cref="IOException">It cannot be written, or another training uses it.</exception>
    public static FeatureCache Open(string folder, string key, int width)
    {
        Directory.CreateDirectory(folder);
        var head = Encoding.UTF8.GetBytes($"{Magic}{key}\n{width}\n");
        var path = Path.Combine(folder, $"features-{Convert.ToHexStringLower(SHA256.HashData(head))[..12]}.bin");
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        try
        {
            var cache = new FeatureCache(file, width);
            cache.Read(head);
            return cache;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The image whose file has this digest; null when it is not known.</summary>
    public TrainingImage? Find(string fileSha256) => _images.GetValueOrDefault(fileSha256);

    /// <summary>Keeps an image; it is in the system's hands when this returns.</summary>
    /// <exception cref="FeatureCacheException">It cannot be written: no room is left, as a rule.</exception>
    public void Add(TrainingImage image)
    {
        if (!_images.TryAdd(image.FileSha256, image))
            return;
        var content = Content(image);
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, content.Length);
        SHA256.HashData(content).AsSpan(0, CheckBytes).CopyTo(head[sizeof(int)..]);
        try
        {
            _file.Write(head);
            _file.Write(content);
            _file.Flush();
        }
        catch (IOException error)
        {
            throw new FeatureCacheException(error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Read(byte[] head)
    {
        var found = new byte[head.Length];
        if (_file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) < found.Length || !found.AsSpan().SequenceEqual(head))
        {
            _file.SetLength(0);
            _file.Write(head);
            _file.Flush();
            return;
        }
        long sound;
        do
            sound = _file.Position;
        while (ReadRecord());
        _file.SetLength(sound);
        _file.Position = sound;
    }

    private bool ReadRecord()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        if (_file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) < HeadBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < FixedBytes || length > _file.Length - _file.Position)
            return false;
        var content = new byte[length];
        _file.ReadExactly(content);
        if (!SHA256.HashData(content).AsSpan(0, CheckBytes).SequenceEqual(head[sizeof(int)..]))
            return false;
        var image = Image(content);
        _images[image.FileSha256] = image;
        return true;
    }

    private byte[] Content(TrainingImage image)
    {
        var frameBytes = _width * sizeof(float);
        var content = new byte[FixedBytes + image.Frames.Count * frameBytes];
        Convert.FromHexString(image.FileSha256).CopyTo(content, 0);
        Convert.FromHexString(image.PixelSha256).CopyTo(content, DigestBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(2 * DigestBytes), image.DifferenceHash);
        content[2 * DigestBytes + sizeof(ulong)] = (byte)image.CropSource;
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(FixedBytes - sizeof(int)), image.Frames.Count);
        for (var i = 0; i < image.Frames.Count; i++)
            MemoryMarshal.AsBytes(image.Frames[i].AsSpan()).CopyTo(content.AsSpan(FixedBytes + i * frameBytes));
        return content;
    }

    private TrainingImage Image(byte[] content)
    {
        var frames = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(FixedBytes - sizeof(int)));
        var frameBytes = _width * sizeof(float);
        return new(
            Convert.ToHexStringLower(content.AsSpan(0, DigestBytes)), Convert.ToHexStringLower(content.AsSpan(DigestBytes, DigestBytes)),
            BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(2 * DigestBytes)), (CropSource)content[2 * DigestBytes + sizeof(ulong)],
            [.. Enumerable.Range(0, frames).Select(i => MemoryMarshal.Cast<byte, float>(content.AsSpan(FixedBytes + i * frameBytes, frameBytes)).ToArray())]);
    }
}
