using Microsoft.Extensions.Configuration;

namespace PacsAiWorker.Configuration;

/// <summary>Low to high: built-in defaults, appsettings.json, appsettings.{Environment}.json, --config FILE, secrets folder, environment (Section__Key).</summary>
public static class ConfigurationLoader
{
    private const string SecretsVariable = "PACSAI_SECRETS";

    /// <exception cref="ConfigurationException">A file is missing or broken, a key unknown, a value out of range.</exception>
    public static (WorkerOptions Options, IConfigurationRoot Root) Load(string? file, IReadOnlyDictionary<string, string?>? overrides = null)
    {
        var root = Read(file, overrides ?? new Dictionary<string, string?>());
        var problems = UnknownKeys.Find(root, typeof(WorkerOptions)).ToList();
        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }

        var options = Bind(root);
        problems = [.. OptionsRules.Check(options)];
        return problems.Count > 0 ? throw new ConfigurationException(problems) : (options, root);
    }

    private static IConfigurationRoot Read(string? file, IReadOnlyDictionary<string, string?> overrides)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new ConfigurationException([$"--config {file}: there is no such file"]);
        }

        var environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Production";
        var builder = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true);
        if (file is not null)
        {
            builder.AddJsonFile(Path.GetFullPath(file));
        }

        if (Environment.GetEnvironmentVariable(SecretsVariable) is { Length: > 0 } secrets)
        {
            builder.AddKeyPerFile(Path.GetFullPath(secrets), optional: false);
        }

        try
        {
            return builder.AddEnvironmentVariables().AddInMemoryCollection(overrides).Build();
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or DirectoryNotFoundException)
        {
            throw new ConfigurationException([$"{error.Message} {error.InnerException?.Message}".Trim()]);
        }
    }

    private static WorkerOptions Bind(IConfigurationRoot root)
    {
        try
        {
            return root.Get<WorkerOptions>() ?? new WorkerOptions();
        }
        catch (InvalidOperationException error)
        {
            // "Failed to convert configuration value 'x' at 'Dicom:Port' to type 'System.Int32'."
            throw new ConfigurationException([error.Message]);
        }
    }
}
