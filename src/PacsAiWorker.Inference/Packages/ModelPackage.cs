using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PacsAiWorker.Inference.Packages.Lint;

namespace PacsAiWorker.Inference.Packages;

/// <summary>
/// A folder of <c>models/</c> that has been read and checked on its own: card, digest, golden pair. Whether the network fits the
/// card is decided when it is loaded into a session (<see cref="Runtime.LoadedModel"/>).
/// </summary>
public sealed class ModelPackage
{
    /// <summary>Name of the network in a package's folder.</summary>
    public const string NetworkFile = "model.onnx";

    private const long LargestFile = int.MaxValue;
    private const int LargestCard = 1 << 20;

    private readonly string _name;
    private readonly SortedDictionary<string, byte[]> _files;
    private readonly byte[]? _signature;

    private ModelPackage(string folder, string name, SortedDictionary<string, byte[]> files, ModelCard card)
    {
        (Folder, _name, _files, Card) = (folder, name, files, card);
        _signature = files.Remove(PackageSignature.FileName, out var signature) ? signature : null;
        Identity = Digest(files);
        Network = files.GetValueOrDefault(NetworkFile);
    }

    /// <summary>Where it was read.</summary>
    public string Folder { get; }

    /// <summary>
    /// SHA-256 over all files of the folder, 64 lower-case hex digits: per file in ordinal order of its relative path, the path in
    /// UTF-8, a zero byte, the length as 8 bytes little-endian, and the SHA-256 of the content. Any change is a new identity. The signature,
    /// which is over the identity, is not part of it.
    /// </summary>
    public string Identity { get; }

    /// <summary>What model.yaml says.</summary>
    public ModelCard Card { get; }

    /// <summary>Content of model.onnx, whose digest equals the card's once verified; null when weights are not installed.</summary>
    internal byte[]? Network { get; }

    /// <summary>Whether model.onnx is there.</summary>
    public bool WeightsInstalled => Network is not null;

    /// <summary>Reads one package folder and checks it on its own; each file but the golden pictures is read once, so what was hashed is what is used.</summary>
    /// <exception cref="PackageException">Names file, fault and remedy.</exception>
    public static ModelPackage Load(string folder)
    {
        var checks = new CheckList(TimeProvider.System);
        var package = Read(folder, checks);
        package.Verify(checks, new SignatureRule());
        return package;
    }

    /// <summary>Reads the files and the card; nothing but the card is checked yet.</summary>
    /// <exception cref="PackageException">Names file, fault and remedy.</exception>
    internal static ModelPackage Read(string folder, CheckList checks)
    {
        ModelPackage? package = null;
        checks.Run(PackageChecks.Card, () =>
        {
            var files = ReadFiles(folder);
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var card = CardReader.Read(CardText(folder, name, files), name + "/" + CardReader.FileName, files.ContainsKey(NetworkFile));
            package = new ModelPackage(folder, name, files, card);
            return $"{card.Id} {card.Version}, identity {package.Identity[..12]}";
        });
        return package!;
    }

    /// <summary>Compares digest and golden pair with the card and reads the network's structure. Without weights there is nothing to compare.</summary>
    /// <exception cref="PackageException">Names file, fault and remedy.</exception>
    internal void Verify(CheckList checks, SignatureRule signatures)
    {
        if (Network is not { } network)
            return;
        checks.Run(PackageChecks.Digest, () =>
        {
            CheckNetworkFile(_name, Card, network);
            return $"{network.Length} bytes, {Card.Sha256![..12]}…";
        });
        checks.Run(PackageChecks.Signature, () => PackageSignature.Check(_signature, Identity, signatures, _name));
        checks.Run(PackageChecks.GoldenFiles, () =>
        {
            GoldenInput = Floats(Card.Golden!.Input, Card.InputShape.Skip(1).Aggregate(1L, (a, b) => a * b));
            GoldenOutput = Floats(Card.Golden.Output, Card.Classes.Count);
            if (Card.GoldenPictures.FirstOrDefault(p => !_files.ContainsKey(p.File)) is { } missing)
                throw new PackageException($"{_name}/{missing.File} is missing (golden picture); copy the package again.");
            return $"{GoldenInput.Length} values in, {GoldenOutput.Length} out; {Card.GoldenPictures.Count} {(Card.GoldenPictures.Count == 1 ? "picture" : "pictures")}";
        });
        checks.Run(PackageChecks.Structure, () =>
        {
            NetworkLint.Check(network, Card, $"{_name}/{NetworkFile}");
            return "";
        });
        _files.Clear();
    }

    /// <summary>Why its signature does not do; null when it does, or none is demanded.</summary>
    internal string? SignatureFault(SignatureRule signatures)
    {
        try
        {
            PackageSignature.Check(_signature, Identity, signatures, _name);
            return null;
        }
        catch (PackageException error)
        {
            return error.Message;
        }
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

    private static string CardText(string folder, string name, SortedDictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(CardReader.FileName, out var yaml))
            throw new PackageException($"{folder} holds no {CardReader.FileName}; add it or remove the folder from the models directory.");
        if (yaml.Length > LargestCard)
            throw new PackageException($"{name}/{CardReader.FileName} has {yaml.Length} bytes; no card is larger than {LargestCard}, copy the package again.");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(yaml);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + yaml.AsSpan(0, Math.Clamp(e.Index, 0, yaml.Length)).Count((byte)'\n');
            throw new PackageException($"{name}/{CardReader.FileName}:{line}: is not UTF-8; save the file in UTF-8.", e);
        }
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

    private float[] Floats(string file, long count)
    {
        if (!_files.TryGetValue(file, out var bytes))
            throw new PackageException($"{_name}/{file} is missing (golden pair); copy the package again.");
        if (bytes.Length != count * sizeof(float))
            throw new PackageException($"{_name}/{file} has {bytes.Length} bytes; the golden pair needs {count} float32 values "
                + $"({count * sizeof(float)} bytes).");
        var values = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        var bad = Array.FindIndex(values, v => !float.IsFinite(v));
        return bad < 0
            ? values
            : throw new PackageException($"{_name}/{file} holds {values[bad]} at value {bad}; a golden pair is made of numbers, copy the package again.");
    }
}
