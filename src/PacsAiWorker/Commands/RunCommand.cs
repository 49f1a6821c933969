using System.CommandLine;
using System.Net.Sockets;
using PacsAiWorker.Configuration;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Health;
using PacsAiWorker.Records.Schema;

namespace PacsAiWorker.Commands;

/// <summary><c>run</c>: the worker.</summary>
internal static class RunCommand
{
    private static readonly Option<string?> Roles = new("--roles") { Description = "receive,score,report,deliver,web; default all", HelpName = "LIST" };

    public static Command Create()
    {
        var command = new Command("run", "Run the worker: all roles, or those named") { Roles };
        command.SetAction(async (parse, cancellation) =>
        {
            var overrides = new Dictionary<string, string?>();
            if (parse.GetValue(Roles) is { } roles)
            {
                overrides["Roles"] = roles;
            }

            var (options, root) = ConfigurationLoader.Load(parse.GetValue(Cli.Config), overrides);
            await using var app = Build(options, logging => logging.AddConfiguration(root.GetSection("Logging")));
            await StartAsync(app, options, cancellation);
            await app.WaitForShutdownAsync(CancellationToken.None);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>The worker as a host: rooms and the admin port.</summary>
    public static WebApplication Build(WorkerOptions options, Action<ILoggingBuilder>? logging = null)
    {
        Directory.CreateDirectory(options.DataDirectory);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            o.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("MassTransit", LogLevel.Error);
        logging?.Invoke(builder.Logging);
        builder.WebHost.UseUrls(options.Admin.Urls);
        builder.Services.AddWorker(options);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        var app = builder.Build();
        app.MapAdmin();
        return app;
    }

    /// <summary>Starts, or says in one sentence why not.</summary>
    /// <exception cref="CommandException">A port is taken, the database is away, the schema does not fit.</exception>
    public static async Task StartAsync(WebApplication app, WorkerOptions options, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (SchemaException)
        {
            throw;
        }
        catch (TlsFileException error)
        {
            throw new CommandException($"The worker could not start: {error.Message} (Dicom:Tls)");
        }
        catch (Exception error) when (error is IOException or SocketException or System.Data.Common.DbException or UnauthorizedAccessException)
        {
            throw new CommandException($"The worker could not start: {(error is IOException ? error : error.GetBaseException()).Message} (Dicom:Port {options.Dicom.Port}, Admin:Urls {options.Admin.Urls}, Web:Urls {options.Web.Urls}, Data:Directory {options.DataDirectory}, Database:Provider {options.Database.Provider})");
        }
    }
}
