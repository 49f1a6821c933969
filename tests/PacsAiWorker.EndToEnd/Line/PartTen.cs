using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>As much of a DICOM file as it takes to find its data set, read without the product's parser.</summary>
/// <param name="DataSetOffset">First byte after the file meta group.</param>
internal sealed record PartTen(string Path, string SopClass, string SopInstance, string TransferSyntax, int DataSetOffset)
{
    private const int FirstElement = 132;

    public byte[] DataSet => File.ReadAllBytes(Path)[DataSetOffset..];

    /// <summary>Lower-case hex SHA-256 of the data set's bytes.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(DataSet));

    /// <exception cref="InvalidDataException">Not a file with preamble, prefix and group length.</exception>
    public static PartTen Read(string path) => Read(path, File.ReadAllBytes(path));

    /// <summary>The data set's bytes of a file in memory.</summary>
    /// <exception cref="InvalidDataException">As for a file.</exception>
    public static byte[] Of(byte[] file) => file[Read("", file).DataSetOffset..];

    private static PartTen Read(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FirstElement + 12 || !bytes[128..FirstElement].SequenceEqual("DICM"u8) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[FirstElement..]) != 0x00000002)
        {
            throw new InvalidDataException($"{path} does not begin as PS3.10 says.");
        }

        // (0002,0000) UL, 4 bytes: how long the rest of the group is.
        var end = FirstElement + 12 + BinaryPrimitives.ReadInt32LittleEndian(bytes[(FirstElement + 8)..]);
        var values = new Dictionary<ushort, string>();
        for (var at = FirstElement + 12; at < end;)
        {
            var element = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
            var isLong = Encoding.ASCII.GetString(bytes.Slice(at + 4, 2)) is "OB" or "OW" or "UN" or "SQ" or "UT";
            var length = isLong ? BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 8)..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 6)..]);
            at += isLong ? 12 : 8;
            values[element] = Encoding.ASCII.GetString(bytes.Slice(at, length)).TrimEnd('\0', ' ');
            at += length;
        }

        return new PartTen(path, values[0x0002], values[0x0003], values[0x0010], end);
    }
}
