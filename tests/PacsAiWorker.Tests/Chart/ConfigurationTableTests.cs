using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using PacsAiWorker.Configuration;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.House;

namespace PacsAiWorker.Tests.Chart;

/// <summary>docs/configuration.md and the README say what the code does.</summary>
public sealed partial class ConfigurationTableTests
{
    [Fact]
    public void The_table_lists_each_key_with_its_default_and_no_other()
    {
        var table = File.ReadLines(SourceTree.Path("docs", "configuration.md")).Select(l => Line().Match(l)).Where(m => m.Success)
            .ToDictionary(m => m.Groups["key"].Value, m => m.Groups["default"].Value.Trim().Trim('`'));

        var options = Keys(typeof(WorkerOptions), new WorkerOptions(), "").ToDictionary();

        Assert.Equal(options.Keys.Order(StringComparer.Ordinal), table.Keys.Order(StringComparer.Ordinal));
        Assert.All(options, option => Assert.True(option.Value is null || option.Value == table[option.Key], $"{option.Key}: the table says \"{table[option.Key]}\", the code {option.Value}"));
    }

    [Fact]
    public void The_configuration_that_the_README_shows_is_taken()
    {
        var json = Example().Match(File.ReadAllText(SourceTree.Path("README.md"))).Groups[1].Value;
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);
            var (options, _) = ConfigurationLoader.Load(file);
            Assert.Equal(2, options.Dicom.Callers.Count);
            Assert.Single(options.Dicom.Destinations);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Keys(Type type, object instance, string path) =>
        type.GetProperties().Where(p => p.CanWrite).SelectMany(property =>
        {
            var (key, kind) = (path + property.Name, property.PropertyType);
            if (typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(kind))
            {
                return [new($"{key}:ID", null)];
            }

            if (kind == typeof(IReadOnlyList<string>))
            {
                return [new($"{key}:N", null)];
            }

            if (kind == typeof(string) || kind.IsValueType)
            {
                return [new(key, Text(property.GetValue(instance), path.Contains(":N:", StringComparison.Ordinal)))];
            }

            var item = typeof(IEnumerable).IsAssignableFrom(kind) ? kind.GetGenericArguments()[0] : null;
            return item is null ? Keys(kind, property.GetValue(instance)!, key + ":") : Keys(item, Activator.CreateInstance(item)!, key + ":N:");
        });

    /// <summary>As the table writes it; null where an entry of a list has no default to speak of.</summary>
    private static string? Text(object? value, bool inList) => value switch
    {
        null => "unset",
        "" => inList ? null : "empty",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\| `(?<key>[A-Z][A-Za-z0-9:]+)` \|(?<default>[^|]*)\|")]
    private static partial Regex Line();
}
