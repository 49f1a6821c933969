using System.CommandLine;
using System.Net;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Commands;

/// <summary>One file to be sent.</summary>
internal sealed record OutgoingFile(string Path, string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, long DataSetOffset, bool IsPhantom);

/// <summary><c>send PATHS… --to AE@HOST:PORT</c>: C-STORE of files and folders, bytes as they are.</summary>
internal static class SendCommand
{
    private static readonly Argument<string[]> Paths = new("paths") { Description = "Files and folders", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> To = new("--to") { Description = "AE@HOST:PORT", Required = true };
    private static readonly Option<string> From = new("--from") { Description = "Our AE title", DefaultValueFactory = _ => "PACSAI" };
    private static readonly Option<bool> Real = new("--to-real-peer") { Description = "Allow phantoms to a peer that is not on this machine" };

    private static readonly TlsFlags Tls = new();

    public static Command Create()
    {
        var command = new Command("send", "Send DICOM files to a peer (C-STORE), bytes unchanged") { Paths, To, From, Real };
        Tls.AddTo(command);
        command.SetAction(parse =>
        {
            var peer = Cli.Peer(parse.GetRequiredValue(To));
            var (files, failed) = Read(Cli.Files(parse.GetRequiredValue(Paths)));
            if (files.Any(f => f.IsPhantom) && !parse.GetValue(Real))
            {
                RequireLoopback(peer);
            }

            return Send(files, peer, parse.GetRequiredValue(From), Tls.Of(parse)) + failed == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    /// <summary>Safety rule 11: phantoms never reach a real peer by accident.</summary>
    /// <exception cref="CommandException">The peer is not on this machine.</exception>
    public static void RequireLoopback(PeerAddress peer)
    {
        IPAddress[] addresses;
        try
        {
            addresses = Dns.GetHostAddresses(peer.Host);
        }
        catch (System.Net.Sockets.SocketException error)
        {
            throw new CommandException($"{peer}: {error.Message}", ExitCodes.Failed);
        }

        if (!addresses.All(IPAddress.IsLoopback))
        {
            throw new CommandException($"{peer} is not on this machine and these are phantoms: phantoms in a real archive are a hazard. Say --to-real-peer if that is really meant.");
        }
    }

    private static (List<OutgoingFile> Files, int Failed) Read(IReadOnlyList<string> paths)
    {
        var files = new List<OutgoingFile>();
        var failed = 0;
        foreach (var path in paths)
        {
            try
            {
                using var file = Part10File.Open(path);
                files.Add(new OutgoingFile(path, file.Meta.SopClassUid, file.Meta.SopInstanceUid, file.Meta.TransferSyntaxUid, file.DataSetOffset, Inference.PhantomMarker.IsOn(file.DataSet)));
            }
            catch (DicomFormatException error)
            {
                Console.Error.WriteLine($"{path}: not sent: {error.Message}");
                failed++;
            }
        }

        return (files, failed);
    }

    private static int Send(List<OutgoingFile> files, PeerAddress peer, string callingAe, ClientOptions options)
    {
        var failed = 0;
        var contexts = files.Select(f => (f.SopClassUid, f.TransferSyntaxUid)).Distinct().Select(c => new ProposedContext(c.SopClassUid, [c.TransferSyntaxUid])).ToList();
        try
        {
            using var client = files.Count == 0 ? null : DicomClient.Connect(peer, callingAe, contexts, options);
            foreach (var file in files)
            {
                var response = StoreOne(client!, file);
                Console.WriteLine($"{file.Path}: {response.Status:X4}H {response.ErrorComment}".TrimEnd());
                failed += response.IsSuccess || response.IsWarning ? 0 : 1;
            }

            client?.Release();
        }
        catch (AssociationException error)
        {
            throw new CommandException($"{peer}: {error.Message}", ExitCodes.Failed);
        }

        return failed;
    }

    private static DimseResponse StoreOne(DicomClient client, OutgoingFile file)
    {
        if (!client.Accepts(file.SopClassUid, file.TransferSyntaxUid))
        {
            return new DimseResponse(DimseStatus.SopClassNotSupported, $"the peer does not accept {SopClasses.Name(file.SopClassUid)} in this transfer syntax");
        }

        using var stream = File.OpenRead(file.Path);
        stream.Position = file.DataSetOffset;
        return client.Store(file.SopClassUid, file.SopInstanceUid, file.TransferSyntaxUid, stream);
    }
}
