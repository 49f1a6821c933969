using System.CommandLine;
using Microsoft.Extensions.Configuration;
using PacsAiWorker.Configuration;

namespace PacsAiWorker.Commands;

/// <summary><c>config check</c>: every setting that is set, with its source; secrets masked.</summary>
internal static class ConfigCommand
{
    private static readonly string[] Secrets = ["Database:ConnectionString", "Messaging:Uri"];

    public static Command Create()
    {
        var check = new Command("check", "Validate the configuration and show what is set and where") { Cli.Json };
        check.SetAction(parse =>
        {
            var (_, root) = ConfigurationLoader.Load(parse.GetValue(Cli.Config));
            var known = typeof(WorkerOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var rows = root.AsEnumerable().Where(p => p.Value is not null && known.Contains(p.Key.Split(':')[0])).OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new Setting(p.Key, Secrets.Contains(p.Key, StringComparer.OrdinalIgnoreCase) ? "***" : p.Value!, Source(root, p.Key))).ToList();
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(rows);
            }
            else
            {
                Cli.PrintTable(["Key", "Value", "From"], rows.Select(r => (IReadOnlyList<string>)[r.Key, r.Value, r.From]));
                Console.WriteLine("The configuration is valid; what is not listed has its default (docs/configuration.md).");
            }

            return ExitCodes.Done;
        });
        return new Command("config", "The configuration") { check };
    }

    private static string Source(IConfigurationRoot root, string key) =>
        root.Providers.Last(p => p.TryGet(key, out _)) switch
        {
            FileConfigurationProvider file => file.Source.Path ?? "file",
            Microsoft.Extensions.Configuration.EnvironmentVariables.EnvironmentVariablesConfigurationProvider => "environment",
            Microsoft.Extensions.Configuration.KeyPerFile.KeyPerFileConfigurationProvider => "secrets folder",
            _ => "command line",
        };

    private sealed record Setting(string Key, string Value, string From);
}
