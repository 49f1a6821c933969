using System.Collections;
using System.Reflection;
using System.Text.Json;
using PacsAiWorker.Configuration;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.House;

namespace PacsAiWorker.Tests.Chart;

/// <summary>What the chart configures, the product knows: its own loader judges the rendered configuration.</summary>
public sealed class ChartConfigurationTests
{
    /// <summary>Given by the chart itself or by a Secret: no site may set them in the values.</summary>
    private static readonly string[] NotInValues = ["Data", "Admin", "Web/Urls", "Dicom/Port", "Dicom/Bind", "Database/ConnectionString", "Messaging/Uri"];

    private static readonly Dictionary<string, string> SampleSecrets = new()
    {
        ["Database__ConnectionString"] = "Host=db;Database=pacsai;Username=worker;Password=x",
        ["Messaging__Uri"] = "amqp://worker:x@broker:5672/pacsai",
    };

    public static TheoryData<string> Renderings => [.. GoldenManifest.Names];

    [Theory]
    [MemberData(nameof(Renderings))]
    public void The_product_takes_the_rendered_configuration_and_every_environment_name(string name)
    {
        var manifest = GoldenManifest.Read(name);
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, manifest.AppSettings);
            foreach (var container in manifest.Containers)
            {
                // As overrides, not as environment: there the loader names unknown keys of the first level too.
                var environment = container.Items("env").Select(e => e.Text("name")!)
                    .ToDictionary(e => e.Replace("__", ":", StringComparison.Ordinal), e => (string?)SampleSecrets[e]);

                var (options, _) = ConfigurationLoader.Load(file, environment);

                Assert.False(options.Dicom.AcceptsUnknown);
                Assert.NotEmpty(options.Dicom.Callers);
                Assert.Equal("0.0.0.0", options.Dicom.Bind);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void The_ports_and_the_folder_of_the_pod_are_those_of_the_configuration(string name)
    {
        var manifest = GoldenManifest.Read(name);
        var settings = JsonDocument.Parse(manifest.AppSettings).RootElement;
        var worker = manifest.Pod.Items("containers").Single();
        var ports = worker.Items("ports").ToDictionary(p => p.Text("name")!, p => p.Text("containerPort")!);

        Assert.Equal(ports["dicom"], settings.GetProperty("Dicom").GetProperty("Port").GetInt32().ToString(null, null));
        Assert.Equal(ports["admin"], $"{new Uri(settings.GetProperty("Admin").GetProperty("Urls").GetString()!).Port}");
        Assert.Equal(ports["web"], $"{new Uri(settings.GetProperty("Web").GetProperty("Urls").GetString()!).Port}");
        var folder = settings.GetProperty("Data").GetProperty("Directory").GetString();
        Assert.Contains(worker.Items("volumeMounts"), m => m.Text("mountPath") == folder && m.Text("name") == "data");
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Containers_name_a_command_of_the_program_and_the_mounted_file(string name)
    {
        foreach (var container in GoldenManifest.Read(name).Containers)
        {
            var args = container.Texts("args");
            Assert.Equal(container.Text("name") == "migrate" ? ["db", "migrate"] : ["run"], args.SkipLast(2));
            Assert.Equal("--config", args[^2]);
            Assert.Contains(container.Items("volumeMounts"), m => m.Text("name") == "config" && args[^1] == m.Text("mountPath") + "/appsettings.json");
        }
    }

    [Fact]
    public void The_schema_of_the_values_has_each_key_of_the_product_and_no_other()
    {
        var schema = JsonDocument.Parse(File.ReadAllText(SourceTree.Path("helm", "pacs-ai-worker", "values.schema.json"))).RootElement;

        var ofSchema = Keys(schema.GetProperty("properties").GetProperty("config"), "").Order(StringComparer.Ordinal);

        Assert.Equal(Keys(typeof(WorkerOptions), "").Order(StringComparer.Ordinal), ofSchema);
    }

    private static IEnumerable<string> Keys(Type type, string path) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.CanWrite && !NotInValues.Contains(path + p.Name)).SelectMany(p => IsLeaf(p.PropertyType)
            ? [path + p.Name]
            : Keys(typeof(IEnumerable).IsAssignableFrom(p.PropertyType) ? p.PropertyType.GetGenericArguments()[0] : p.PropertyType, $"{path}{p.Name}/"));

    private static bool IsLeaf(Type type) => type == typeof(string) || type == typeof(IReadOnlyList<string>) || type.IsValueType || typeof(IReadOnlyDictionary<string, string>).IsAssignableFrom(type);

    private static IEnumerable<string> Keys(JsonElement node, string path)
    {
        if (node.TryGetProperty("items", out var items))
        {
            return Keys(items, path);
        }

        if (!node.TryGetProperty("properties", out var properties))
        {
            return [path.TrimEnd('/')];
        }

        Assert.False(node.GetProperty("additionalProperties").GetBoolean(), $"config/{path} lets unknown keys pass");
        return properties.EnumerateObject().SelectMany(p => Keys(p.Value, $"{path}{p.Name}/"));
    }
}
