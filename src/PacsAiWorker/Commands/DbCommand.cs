using System.CommandLine;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Schema;

namespace PacsAiWorker.Commands;

/// <summary><c>db migrate / status / grant</c>: the schema, and who may change what in it.</summary>
internal static class DbCommand
{
    public static Command Create() => new("db", "The database's schema") { Migrate(), Status(), Grant() };

    private static Command Migrate()
    {
        var command = new Command("migrate", "Apply what is missing; needs a login that may change the schema");
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            Directory.CreateDirectory(options.DataDirectory);
            using var database = new RecordsDatabase(options.Records);
            var done = await AnsweringAsync(options.Database.Provider, () => new SchemaMigrator(database).MigrateAsync(cancellation));
            Console.WriteLine(done.Count == 0 ? "the schema is current" : "applied " + string.Join(", ", done));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "Which migrations are applied") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = new RecordsDatabase(options.Records);
            var status = await AnsweringAsync(options.Database.Provider, () => new SchemaMigrator(database).StatusAsync(cancellation));
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(status);
            }
            else
            {
                Cli.PrintTable(["Migration", "Applied", "SHA-256"], status.Select(s => (IReadOnlyList<string>)[s.Name, s.AppliedAt is null ? "no" : Cli.Time(s.AppliedAt), s.Checksum[..12]]));
            }

            return status.All(s => s.AppliedAt is not null) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Grant()
    {
        var login = new Argument<string>("login") { Description = "An existing login of the PostgreSQL server" };
        var part = new Option<string>("--as") { Required = true, Description = "What it is for: worker, web (processes with the role web only) or qa (people, read only, no identities)" };
        part.AcceptOnlyFromAmong([.. DatabaseLogins.All]);
        var command = new Command("grant", "Give a login the least that its part of the line needs; after each migration again, with the login that owns the tables") { login, part };
        command.SetAction(async (parse, cancellation) =>
        {
            var options = Cli.Options(parse);
            using var database = new RecordsDatabase(options.Records);
            var (name, use) = (parse.GetRequiredValue(login), parse.GetRequiredValue(part));
            await AnsweringAsync(options.Database.Provider, async () =>
            {
                await new DatabaseRights(database).GrantAsync(name, use, cancellation);
                return true;
            });
            Console.WriteLine($"{name} may do what the {use} needs, and nothing else");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<T> AnsweringAsync<T>(string provider, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception error) when (error is System.Data.Common.DbException or InvalidOperationException or TimeoutException)
        {
            throw new CommandException($"The database ({provider}) does not answer: {error.GetBaseException().Message}", ExitCodes.Failed);
        }
    }
}
