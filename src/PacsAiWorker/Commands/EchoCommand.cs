using System.CommandLine;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Commands;

/// <summary><c>echo AE@HOST:PORT</c>: C-ECHO.</summary>
internal static class EchoCommand
{
    private static readonly Argument<string> To = new("peer") { Description = "AE@HOST:PORT" };
    private static readonly Option<string> From = new("--from") { Description = "Our AE title", DefaultValueFactory = _ => "PACSAI" };

    private static readonly TlsFlags Tls = new();

    public static Command Create()
    {
        var command = new Command("echo", "Ask a DICOM peer whether it is there (C-ECHO)") { To, From };
        Tls.AddTo(command);
        command.SetAction(parse =>
        {
            var peer = Cli.Peer(parse.GetRequiredValue(To));
            try
            {
                using var client = DicomClient.Connect(peer, parse.GetRequiredValue(From), [new ProposedContext(SopClasses.Verification, [TransferSyntax.ImplicitVrLittleEndian.Uid])], Tls.Of(parse));
                var response = client.Echo();
                client.Release();
                Console.WriteLine(response.IsSuccess ? $"{peer} answers" : $"{peer} answers {response.Status:X4}H {response.ErrorComment}");
                return response.IsSuccess ? ExitCodes.Done : ExitCodes.Failed;
            }
            catch (AssociationException error)
            {
                throw new CommandException($"{peer}: {error.Message}", ExitCodes.Failed);
            }
        });
        return command;
    }
}
