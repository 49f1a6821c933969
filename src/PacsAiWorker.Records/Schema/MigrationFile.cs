using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PacsAiWorker.Records.Schema;

/// <summary>One file <c>migrations/{provider}/NNNN_name.sql</c>, embedded in the program.</summary>
/// <param name="Checksum">Lower-case hex SHA-256 over the text with line ends as LF.</param>
public sealed record MigrationFile(int Version, string Name, string Sql, string Checksum)
{
    /// <summary>The files of a provider in order; numbers have no gaps.</summary>
    public static IReadOnlyList<MigrationFile> All(string provider)
    {
        var assembly = typeof(MigrationFile).Assembly;
        var prefix = $"migrations/{provider}/";
        var files = assembly.GetManifestResourceNames()
            .Where(n => n.Replace('\\', '/').StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => Read(assembly.GetManifestResourceStream(n)!, Path.GetFileNameWithoutExtension(n)))
            .ToList();
        for (var i = 0; i < files.Count; i++)
        {
            if (files[i].Version != i + 1)
            {
                throw new SchemaException($"Migration {files[i].Name} should have number {i + 1:0000}.");
            }
        }

        return files;
    }

    private static MigrationFile Read(Stream stream, string name)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
        return new MigrationFile(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, sql,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
    }
}
