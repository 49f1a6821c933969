using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PacsAiWorker.Tests.Inference.Packages;

/// <summary>Copies of a package, each damaged in one of many ways; the same seed draws the same damages.</summary>
/// <param name="seed">Of the draw.</param>
/// <param name="sound">Files of the sound package, by relative path.</param>
internal sealed partial class PackageDamage(int seed, IReadOnlyDictionary<string, byte[]> sound)
{
    public const string Card = "model.yaml", Network = "model.onnx", GoldenInput = "golden/input.f32", GoldenOutput = "golden/output.f32";

    private const int Kinds = 12;

    private readonly Random _random = new(seed);

    /// <summary>One damaged copy.</summary>
    /// <param name="Kind">What was done.</param>
    /// <param name="IsRecomputed">Whether size and digest in the card were made to fit the damaged network.</param>
    /// <param name="Files">By relative path.</param>
    public sealed record Damaged(string Kind, bool IsRecomputed, Dictionary<string, byte[]> Files);

    /// <summary>The next copy; it differs from the sound one.</summary>
    public Damaged Next(int number)
    {
        var isRecomputed = number / Kinds % 3 != 0;
        while (true)
        {
            var files = sound.ToDictionary(f => f.Key, f => (byte[])f.Value.Clone());
            var kind = Apply(files, number % Kinds);
            if (isRecomputed)
                Recompute(files);
            if (files.Count != sound.Count || files.Any(f => !f.Value.AsSpan().SequenceEqual(sound[f.Key])))
                return new Damaged(kind, isRecomputed, files);
        }
    }

    private string Apply(Dictionary<string, byte[]> files, int kind)
    {
        switch (kind)
        {
            case 0:
                Flip(files[Network]);
                return "network: bits flipped";
            case 1:
                Cut(files, Network);
                return "network: cut";
            case 2:
                Weight(files[Network], _random.Next(3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity });
                return "network: weight no number";
            case 3:
                NetworkShape(files[Network]);
                return "network: other shape";
            case 4:
                _random.NextBytes(files[Network].AsSpan(_random.Next(files[Network].Length - 16), 16));
                return "network: 16 bytes random";
            case 5:
                Flip(files[Card]);
                return "card: bits flipped";
            case 6:
                Cut(files, Card);
                return "card: cut";
            case 7:
                files[Card] = WithoutField(files[Card]);
                return "card: field missing";
            case 8:
                files[Card] = OtherShape(files[Card]);
                return "card: other shape";
            case 9:
                var golden = _random.Next(2) == 0 ? GoldenInput : GoldenOutput;
                if (_random.Next(2) == 0)
                    Flip(files[golden]);
                else
                    Cut(files, golden);
                return "golden pair: flipped or cut";
            case 10:
                var names = files.Keys.Order(StringComparer.Ordinal).ToArray();
                _random.Shuffle(names);
                (files[names[0]], files[names[1]]) = (files[names[1]], files[names[0]]);
                return "two files swapped";
            default:
                files.Remove(files.Keys.Order(StringComparer.Ordinal).ElementAt(_random.Next(files.Count)));
                return "file missing";
        }
    }

    private void Flip(byte[] content)
    {
        for (var left = _random.Next(1, 5); left > 0; left--)
            content[_random.Next(content.Length)] ^= (byte)(1 << _random.Next(8));
    }

    private void Cut(Dictionary<string, byte[]> files, string file) => files[file] = files[file][.._random.Next(files[file].Length)];

    /// <summary>One of the weights of the head, which stand behind the last use of its name as raw data.</summary>
    private void Weight(byte[] network, float value)
    {
        const int Weights = 32, KeyAndLength = 3;
        var name = "head_weights"u8;
        var start = network.AsSpan().LastIndexOf(name) + name.Length + KeyAndLength;
        BitConverter.TryWriteBytes(network.AsSpan(start + 4 * _random.Next(Weights)), value);
    }

    /// <summary>A dimension of the declared input or output, or of the head: they stand at the end of the file.</summary>
    private void NetworkShape(byte[] network)
    {
        var places = new List<int>();
        for (var i = network.Length - 260; i < network.Length - 1; i++)
            if (network[i] == 8 && network[i + 1] is 1 or 2 or 16 or 96)
                places.Add(i + 1);
        network[places[_random.Next(places.Count)]] = (byte)_random.Next(1, 128);
    }

    private byte[] WithoutField(byte[] card) => Edit(card, text =>
    {
        var fields = Field().Matches(text);
        var field = fields[_random.Next(fields.Count)];
        return text.Remove(field.Index, field.Length);
    });

    private byte[] OtherShape(byte[] card) => Edit(card, text =>
    {
        var numbers = Side().Matches(text);
        var number = numbers[_random.Next(numbers.Count)];
        return text.Remove(number.Index, number.Length).Insert(number.Index, _random.Next(1, 300).ToString(CultureInfo.InvariantCulture));
    });

    private static void Recompute(Dictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Card, out var card) || !files.TryGetValue(Network, out var network))
            return;
        files[Card] = Edit(card, text => Bytes().Replace(
            Digest().Replace(text, "sha256: " + Convert.ToHexStringLower(SHA256.HashData(network))), $"bytes: {network.Length}"));
    }

    /// <summary>Byte for byte, whatever the bytes are.</summary>
    private static byte[] Edit(byte[] content, Func<string, string> edit) => Encoding.Latin1.GetBytes(edit(Encoding.Latin1.GetString(content)));

    /// <summary>A key with its value: a whole line, or a part of a mapping in braces.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9]+:.*\n|[A-Za-z0-9]+: [^,{}\[\]\n]+(, )?", RegexOptions.Multiline)]
    private static partial Regex Field();

    /// <summary>The sides in 'input.shape' and 'resize', the channels, and the numbers of mean and std.</summary>
    [GeneratedRegex(@"(?<=shape: \[-1, )1|(?<=shape: .*, )96|(?<=[wh]: )96|(?<=mean: \[)0|(?<=std: \[)1")]
    private static partial Regex Side();

    [GeneratedRegex("(?m)^sha256: .*$")]
    private static partial Regex Digest();

    [GeneratedRegex("(?m)^bytes: .*$")]
    private static partial Regex Bytes();
}
