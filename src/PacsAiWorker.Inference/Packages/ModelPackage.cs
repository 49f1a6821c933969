using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// A folder of <c>models/</c> that has been read and checked on its own: card, digest, golden pair. Whether the network fits the
/// card is decided when it is loaded into a session (<see cref="Runtime.LoadedModel"/>).
/// </summary>
public sealed class ModelPackage
{
    private const string NetworkFile = "model.onnx";
    private const long LargestFile = int.MaxValue;

    private ModelPackage(string folder, string identity, ModelCard card, byte[]? network)
    {
        Folder = folder;
        Identity = identity;
        Card = card;
        Network = network;
    }

    /// <summary>Where it was read.</summary>
    public string Folder { get; }

    /// <summary>
    /// SHA-256 over all files of the folder, 64 lower-case hex digits: per file in ordinal order of its relative path, the path in
    /// UTF-8, a zero byte, the length as 8 bytes little-endian, and the SHA-256 of the content. Any change is a new identity.
    /// </summary>
    public string Identity { get; }

    /// <summary>What model.yaml says.</summary>
    public ModelCard Card { get; }

    /// <summary>Content of model.onnx, whose digest equals the card's; null when weights are not installed.</summary>
    internal byte[]? Network { get; }

    /// <summary>Whether model.onnx is there.</summary>
    public bool WeightsInstalled => Network is not null;

    /// <summary>Reads one package folder; each file is read once, so what was hashed is what is used.</summary>
    /// <exception cref="PackageException">Names file, fault and remedy.</exception>
    public static ModelPackage Load(string folder)
    {
        var files = ReadFiles(folder);
        if (!files.TryGetValue(CardReader.FileName, out var yaml))
            throw new PackageException($"{folder} holds no {CardReader.FileName}; add it or remove the folder from the models directory.");
        files.TryGetValue(NetworkFile, out var network);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var card = CardReader.Read(Encoding.UTF8.GetString(yaml), name + "/" + CardReader.FileName, network is not null);
        var package = new ModelPackage(folder, Digest(files), card, network);
        if (network is not null)
        {
            CheckNetworkFile(name, card, network);
            package.GoldenInput = Floats(name, files, card.Golden!.Input, card.InputShape.Skip(1).Aggregate(1L, (a, b) => a * b));
            package.GoldenOutput = Floats(name, files, card.Golden.Output, card.Classes.Count);
        }
        return package;
    }

    /// <summary>One item of the input's shape, C order.</summary>
    internal float[] GoldenInput { get; private set; } = [];

    /// <summary>One value a class.</summary>
    internal float[] GoldenOutput { get; private set; } = [];

    private static SortedDictionary<string, byte[]> ReadFiles(string folder)
    {
        try
        {
            var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                if (new FileInfo(path).Length > LargestFile)
                    throw new PackageException($"{path} is larger than {LargestFile} bytes; such a network cannot be loaded.");
                files.Add(Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllBytes(path));
            }
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"{folder} cannot be read: {e.Message}; check that the folder exists and its permissions.", e);
        }
    }

    private static string Digest(SortedDictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        foreach (var (path, content) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData([0]);
            BinaryPrimitives.WriteInt64LittleEndian(length, content.Length);
            hash.AppendData(length);
            hash.AppendData(SHA256.HashData(content));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void CheckNetworkFile(string name, ModelCard card, byte[] network)
    {
        if (network.Length != card.Bytes)
            throw new PackageException($"{name}/{NetworkFile} has {network.Length} bytes but {CardReader.FileName} says {card.Bytes}; "
                + "copy the package again.");
        var digest = Convert.ToHexStringLower(SHA256.HashData(network));
        if (digest != card.Sha256)
            throw new PackageException($"{name}/{NetworkFile} has digest {digest[..12]}… but {CardReader.FileName} says "
                + $"{card.Sha256![..12]}…; copy the package again or take the card that belongs to this network.");
    }

    private static float[] Floats(string name, SortedDictionary<string, byte[]> files, string file, long count)
    {
        if (!files.TryGetValue(file, out var bytes))
            throw new PackageException($"{name}/{file} is missing (golden pair); copy the package again.");
        if (bytes.Length != count * sizeof(float))
            throw new PackageException($"{name}/{file} has {bytes.Length} bytes; the golden pair needs {count} float32 values "
                + $"({count * sizeof(float)} bytes).");
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }
}
