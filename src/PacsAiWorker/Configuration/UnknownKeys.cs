using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace PacsAiWorker.Configuration;

/// <summary>Finds keys that no option has: a typing error must not silently leave a default in force.</summary>
public static class UnknownKeys
{
    /// <summary>Sections of the framework that may stand in the same files.</summary>
    private static readonly string[] Framework = ["Logging", "AllowedHosts", "urls"];

    /// <summary>One sentence for each unknown key.</summary>
    public static IEnumerable<string> Find(IConfigurationRoot root, Type options)
    {
        // The environment is full of variables that are not ours: at the top only what files say counts.
        var top = root.Providers.Where(p => p is not EnvironmentVariablesConfigurationProvider).SelectMany(p => p.GetChildKeys([], null)).Distinct(StringComparer.OrdinalIgnoreCase);
        foreach (var key in top.Where(k => Property(options, k) is null && !Framework.Contains(k, StringComparer.OrdinalIgnoreCase)))
        {
            yield return Sentence(key, options);
        }

        foreach (var section in root.GetChildren().Where(s => Property(options, s.Key) is not null))
        {
            foreach (var problem in Below(section, Property(options, section.Key)!.PropertyType))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> Below(IConfigurationSection section, Type type)
    {
        if (type == typeof(string) || type.IsValueType || typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(type))
        {
            return section.GetChildren().Any() && type != typeof(IReadOnlyDictionary<string, string>) ? [$"{section.Path} is a single value and has no keys below it"] : [];
        }

        if (typeof(IEnumerable).IsAssignableFrom(type))
        {
            var item = type.GetGenericArguments()[0];
            return section.GetChildren().SelectMany(c => int.TryParse(c.Key, out _) ? Below(c, item) : [$"{c.Path} is not known: {section.Path} is a list, its keys are 0, 1, 2 …"]);
        }

        return section.GetChildren().SelectMany(child => Property(type, child.Key) is { } property ? Below(child, property.PropertyType) : [Sentence(child.Path, type)]);
    }

    private static PropertyInfo? Property(Type type, string key) => Settable(type).FirstOrDefault(p => p.Name.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties().Where(p => p.CanWrite);

    private static string Sentence(string path, Type type) =>
        $"{path} is not a known key: here stand {string.Join(", ", Settable(type).Select(p => p.Name).Order(StringComparer.Ordinal))}";
}
