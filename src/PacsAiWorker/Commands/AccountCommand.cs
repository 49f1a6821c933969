using System.CommandLine;
using PacsAiWorker.Records.Rows;
using PacsAiWorker.Records.Stores;

namespace PacsAiWorker.Commands;

/// <summary><c>account list / invite</c>: who may use the desk, for whoever has the machine and not the password.</summary>
internal static class AccountCommand
{
    private static readonly Option<string> Role = new("--role") { Description = "viewer, coordinator, qa or admin", DefaultValueFactory = _ => AccountRoles.Viewer };
    private static readonly Option<int> Hours = new("--hours") { Description = "How long the link works, 1 to 168", DefaultValueFactory = _ => 24 };

    public static Command Create() => new("account", "Who may use the desk: list, invite") { List(), Invite() };

    private static Command List()
    {
        var command = new Command("list", "Accounts with their roles") { Cli.Json };
        command.SetAction(async (parse, cancellation) =>
        {
            using var database = await Cli.OpenRecordsAsync(Cli.Options(parse), cancellation);
            var accounts = (await new AccountStore(database).ListAsync(cancellation)).Select(a => new { a.Name, a.Role, a.CreatedAt, a.CreatedBy, a.DisabledAt }).ToList();
            if (parse.GetValue(Cli.Json))
            {
                Cli.PrintJson(accounts);
                return ExitCodes.Done;
            }

            Cli.PrintTable(["Name", "Role", "Made", "By", "Blocked since"], accounts.Select(a => (IReadOnlyList<string>)
                [a.Name, a.Role, Cli.Time(a.CreatedAt), a.CreatedBy, a.DisabledAt is { } at ? Cli.Time(at) : ""]));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Invite()
    {
        var command = new Command("invite", "A link that makes one account, once") { Role, Hours };
        command.SetAction(async (parse, cancellation) =>
        {
            var (role, hours) = (parse.GetRequiredValue(Role), parse.GetValue(Hours));
            if (!AccountRoles.All.Contains(role) || role == AccountRoles.Service)
            {
                throw new CommandException($"--role {role}: viewer, coordinator, qa or admin; a key for a program is made on the page Accounts");
            }

            if (hours is < 1 or > 168)
            {
                throw new CommandException($"--hours {hours}: 1 to 168");
            }

            var options = Cli.Options(parse);
            using var database = await Cli.OpenRecordsAsync(options, cancellation);
            var token = await new AccountStore(database).InviteAsync(role, Cli.Actor, Cli.Now, TimeSpan.FromHours(hours), cancellation);
            Console.WriteLine($"{(options.Web.PublicUrl.Length > 0 ? options.Web.PublicUrl : options.Web.Urls).TrimEnd('/')}/welcome?token={token}");
            Console.Error.WriteLine($"It makes one account as {role}, once, within {hours} h. Where the desk is reached under another address, put that before /welcome.");
            return ExitCodes.Done;
        });
        return command;
    }
}
