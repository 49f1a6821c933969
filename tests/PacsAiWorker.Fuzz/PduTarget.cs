using System.Net;
using System.Text;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Fuzz;

/// <summary>
/// What a peer can send: the first byte chooses the parser, the rest goes to it. Modes: a whole session as acceptor, one as requestor,
/// the bodies of A-ASSOCIATE-RQ and -AC, a command set. Documented refusals are <see cref="PduFault"/> and, of the client,
/// <see cref="AssociationException"/>; a session as acceptor never throws.
/// </summary>
public sealed class PduTarget : IFuzzTarget
{
    private const int Modes = 5;
    private static readonly string Implicit = TransferSyntax.ImplicitVrLittleEndian.Uid;
    private static readonly string Explicit = TransferSyntax.ExplicitVrLittleEndian.Uid;
    private static readonly ProposedContext[] Proposed =
    [
        new(SopClasses.Verification, Implicit), new(ServiceClasses.StudyRootFind, Implicit), new(SopClasses.StorageCommitmentPush, Explicit),
    ];

    private readonly ReceiveBuffers buffers = new();

    public string Name => "pdu";

    public IEnumerable<byte[]> Seeds() => PduSeeds.All();

    public string Run(byte[] input) => input.Length == 0 ? "empty" : (input[0] % Modes) switch
    {
        0 => Acceptor(input[1..]),
        1 => Requestor(input[1..]),
        2 => Refusable("rq", () => AgainAsWritten(AssociationRequest.Parse(input.AsSpan(1)))),
        3 => Refusable("ac", () => $"{AssociateAc.Parse(input.AsSpan(1)).Contexts.Count(c => c.IsAccepted) switch { 0 => "none", _ => "some" }}"),
        _ => Refusable("command", () => AgainAsWritten(CommandSet.Parse(input.AsSpan(1)))),
    };

    private string Acceptor(byte[] bytes)
    {
        var options = new ListenerOptions(IPAddress.Loopback, 0) { MaxDataSetBytes = 1 << 20 };
        var handler = new FuzzHandler();
        var channel = new MemoryChannel(bytes);
        using (var session = new AssociationSession(() => channel, IPAddress.Loopback, buffers, new AssociationCounts(options), options, handler))
        {
            session.Run();
        }

        return handler.Fault is { } fault
            ? throw new InvalidOperationException("The session met a fault of its own.", fault)
            : !channel.Closed || handler.Open != 0 || handler.Reports != 1
                ? throw new InvalidOperationException($"The session left something open: closed {channel.Closed}, sinks {handler.Open}, reports {handler.Reports}.")
                : $"acceptor {handler.Outcome} {channel.SentKinds}";
    }

    private static string Requestor(byte[] bytes)
    {
        var channel = new MemoryChannel(bytes);
        string said = Converse(channel);
        return channel.Closed ? "requestor " + Words(said) : throw new InvalidOperationException("The client left its channel open.");
    }

    private static string Converse(MemoryChannel channel)
    {
        try
        {
            var events = new FuzzHandler();
            using DicomClient client = DicomClient.Establish(channel, new PeerAddress("PEER", "memory", 104), "US", Proposed, new ClientOptions { Commitment = events });
            string said = $"{client.Echo().Status:X4} ";
            FindResult found = client.Find(ServiceClasses.StudyRootFind, new DataSet().Set(Tags.QueryRetrieveLevel, "STUDY"), most: 2);
            said += $"{found.Final.Status:X4} {found.Matches.Count} ";
            said += $"{client.RequestCommitment("1.2", [new CommitmentItem("1.2", "1.2.3")]).Status:X4} ";
            said += client.ServeFor(TimeSpan.FromSeconds(1), () => events.CommitmentReports > 0);
            client.Release();
            return said;
        }
        catch (AssociationException e)
        {
            return e.Message;
        }
    }

    private static string Refusable(string what, Func<string> parse)
    {
        try
        {
            return $"{what} {parse()}";
        }
        catch (PduFault e)
        {
            return $"{what} {Words(e.Message)}";
        }
    }

    /// <summary>What was read is written and read again: the second reading may not differ.</summary>
    private static string AgainAsWritten(AssociationRequest request)
    {
        byte[] once = request.Write();
        byte[] twice = AssociationRequest.Parse(once.AsSpan(PduType.HeaderBytes)).Write();
        return once.AsSpan().SequenceEqual(twice) ? $"{Math.Min(request.Contexts.Count, 3)} {request.Roles.Count > 0} {request.UserIdentity is not null}" : throw new InvalidOperationException("A request changes when it is written.");
    }

    private static string AgainAsWritten(CommandSet command)
    {
        byte[] space = new byte[CommandSet.MaxBytes];
        int length = Responses.To(command, new DimseResponse(DimseStatus.ProcessingFailure, "why")).Write(space);
        return $"{CommandSet.Parse(space.AsSpan(0, length)).Field & 0x0F0F:X4} {command.HasDataSet}";
    }

    /// <summary>Numbers are values, not words.</summary>
    internal static string Words(string text)
    {
        var words = new StringBuilder();
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                words.Append(c);
            }
            else if (words.Length == 0 || words[^1] != '#')
            {
                words.Append('#');
            }
        }

        return words.ToString();
    }
}
