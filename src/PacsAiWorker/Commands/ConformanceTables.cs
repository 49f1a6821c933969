using System.Globalization;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Delivery;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Commands;

/// <summary>One table of the conformance statement.</summary>
/// <param name="Id">Stands in the statement's markers.</param>
public sealed record ConformanceTable(string Id, string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>As Markdown, with a line feed after each row.</summary>
    public string Markdown() => string.Concat(
        new[] { Columns, [.. Columns.Select(_ => "---")] }.Concat(Rows).Select(row => $"| {string.Join(" | ", row.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |\n"));
}

/// <summary>Pure: what the code does on the network, as tables (PS3.2 annex N asks for them).</summary>
public static class ConformanceTables
{
    private static readonly ListenerOptions Listener = new(System.Net.IPAddress.Any, 0);
    private static readonly ClientOptions Client = ClientOptions.Default;

    public static IReadOnlyList<ConformanceTable> All { get; } =
    [
        ScpClasses(), ScuClasses(), TransferSyntaxes(), Roles(), Association(), Times(), Tls(), CharacterSets(), StoreStatus(), Rejects(), Aborts(), DeliveryStatus(), CommitmentStatus(), EventStatus(), Library(),
    ];

    private static ConformanceTable ScpClasses() => new("scp", "SOP classes as SCP", ["SOP class", "UID"],
        [.. SopClasses.AcceptedStorage.Prepend(SopClasses.Verification).Select(Class)]);

    private static ConformanceTable ScuClasses() => new("scu", "SOP classes as SCU", ["SOP class", "UID", "Transfer syntax", "When"],
    [
        .. ReportClasses.All.Select((c, i) => (IReadOnlyList<string>)
            [.. Class(c), $"{TransferSyntax.ExplicitVrLittleEndian.Name}, {TransferSyntax.ImplicitVrLittleEndian.Name}", i == 0 ? "a report goes to each destination" : "the same, where the class above is not accepted"]),
        [.. Class(SopClasses.StorageCommitmentPush), $"{TransferSyntax.ImplicitVrLittleEndian.Name}, {TransferSyntax.ExplicitVrLittleEndian.Name}", "after a report is stored, where `StorageCommitment` of the destination is true"],
        [.. Class(SopClasses.Verification), TransferSyntax.ImplicitVrLittleEndian.Name, "commands `echo` and `doctor`"],
        [.. Class(SopClasses.ModalityWorklistFind), $"{TransferSyntax.ExplicitVrLittleEndian.Name}, {TransferSyntax.ImplicitVrLittleEndian.Name}", "a rise of priority, where `Worklist:Mwl` is set and the order's priority is not known; an order whose images tell no age; every five minutes with `Worklist:Mwl:Expect`"],
        [.. Class(SopClasses.UnifiedProcedureStepPush), $"{TransferSyntax.ExplicitVrLittleEndian.Name}, {TransferSyntax.ImplicitVrLittleEndian.Name}", "a rise of priority, with `Worklist:Ups:Enabled`"],
        ["any storage class", "of the file", "of the file", "command `send`"],
    ]);

    private static ConformanceTable TransferSyntaxes() => new("syntaxes", "Transfer syntaxes", ["Transfer syntax", "UID", "Storage SCP"],
        [.. TransferSyntax.Known.Select(t => (IReadOnlyList<string>)[t.Name, t.Uid, AcceptedContexts.StorageSyntaxes.Contains(t.Uid) ? "accepted" : "refused"])]);

    private static ConformanceTable Roles() => new("roles", "Answers to SCP/SCU role selection", ["SOP class", "Requestor as SCU", "Requestor as SCP"],
    [
        [SopClasses.Name(SopClasses.StorageCommitmentPush), "refused", "granted to a destination that is asked for it"],
        ["every other class the worker accepts", "granted", "refused"],
    ]);

    private static ConformanceTable Association() => new("association", "Association policy", ["Item", "Value"],
    [
        ["Application context", AssociationRequest.DicomApplicationContext],
        ["Implementation class UID", Part10.ImplementationClassUid],
        ["Implementation version name", Part10.ImplementationVersionName],
        ["Associations at the same time as acceptor: in all, of one AE title, of one address", $"{Listener.MaxAssociations}, {Listener.MaxAssociationsPerAe}, {Listener.MaxAssociationsPerAddress}"],
        ["Longest P-DATA-TF taken", Bytes(Listener.MaxPduBytes)],
        ["Longest P-DATA-TF sent", $"what the peer announces, at most {Bytes(Client.MaxSendPduBytes)}"],
        ["Longest A-ASSOCIATE PDU read", Bytes(512 * 1024)],
        ["Longest command set, data set", $"{Bytes(Listener.MaxCommandBytes)}, {Bytes(Listener.MaxDataSetBytes)}"],
        ["Asynchronous operations window as acceptor", $"invoked: as proposed, at most {new DicomOptions().MaxOutstandingRequests} (`Dicom:MaxOutstandingRequests`), served in order; performed: 1; no answer where nothing was proposed"],
        ["Asynchronous operations window as requestor", "not proposed"],
        ["Choice of the transfer syntax as acceptor", "the first of the requestor's list that is supported"],
        ["SOP class extended negotiation", "read; not answered"],
        ["SOP class common extended negotiation", "read; never answered; has no effect"],
        ["User identity negotiation", "read, never logged, not checked; no response, which tells the requestor that it is not supported"],
        ["Calling AE title", "must be configured with its address where one is given; any while bound to loopback only"],
        ["Called AE title", "must be ours"],
    ]);

    private static ConformanceTable Times() => new("times", "Time-outs", ["What", "Seconds"],
    [
        ["ARTIM: to the association request, and to the close after reject, abort or release", Seconds(Listener.Artim)],
        ["Silence between PDUs, as acceptor", Seconds(Listener.Idle)],
        ["Rest of a PDU once begun, as acceptor", Seconds(Listener.WholePdu)],
        [$"Least rate inside a message, {Listener.MinBytesPerSecond} bytes a second, measured over", Seconds(Listener.WholePdu)],
        ["Connection, as requestor", Seconds(Client.Connect)],
        ["Answer to the association request", Seconds(Client.Associate)],
        ["Response to a request", Seconds(Client.Response)],
        ["Peer takes a PDU of ours", Seconds(Client.Send)],
        ["Answer to a release request", Seconds(Client.Release)],
        ["TLS handshake, each side", Seconds(TimeSpan.FromSeconds(10))],
    ]);

    private static ConformanceTable Tls() => new("tls", "TLS profiles (versions 1.2 and 1.3)", ["Profile", "Section", "Cipher suites"],
        [.. TlsProfile.All.Select(p => (IReadOnlyList<string>)[p.Name, p.Section, string.Join(", ", p.CipherSuites)])]);

    private static ConformanceTable CharacterSets() => new("charsets", "Specific Character Set (0008,0005)", ["Direction", "Defined terms"],
    [
        ["read", "ISO_IR 6 (default), ISO_IR 100, 101, 109, 110, 144, 127, 126, 138, 148, 203, 166, 13, 192, GB18030, GBK; with code extensions ISO 2022 IR 6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 203, 166, 13, 87, 159, 149, 58"],
        ["written in reports", "ISO_IR 192"],
    ]);

    private static ConformanceTable StoreStatus() => new("store-status", "Status codes of our responses", ["Status", "Meaning", "When"],
    [
        Status(DimseStatus.Success, "C-STORE: the instance is durable (its record in the spool's log is synced), also when it came before or cannot be scored; C-ECHO"),
        Status(DimseStatus.OutOfResources, "the spool failed: no room, or a disk that does not take the bytes"),
        Status(DimseStatus.DataSetMismatch, "SOP class or instance UID of command and data set differ"),
        Status(DimseStatus.CannotUnderstand, "no data set, or one without SOP Instance, Study or Series Instance UID"),
        Status(DimseStatus.InvalidObjectInstance, "the Affected SOP Instance UID is no UID"),
        Status(DimseStatus.SopClassNotSupported, "the SOP class is not that of the presentation context"),
        Status(DimseStatus.NotAuthorized, "the requestor gave up the SCU role in negotiation"),
        Status(DimseStatus.UnrecognizedOperation, "any other request"),
    ]);

    private static ConformanceTable Rejects() => new("rejects", "Association rejects (result, source, reason)", ["Codes", "When"],
    [
        Reject(AssociationDecision.ApplicationContextNotSupported(""), "application context is not DICOM's"),
        Reject(AssociationDecision.ProtocolVersionNotSupported(""), "protocol version bit 0 is not set"),
        Reject(AssociationDecision.CalledAeUnknown(""), "called AE title is not ours"),
        Reject(AssociationDecision.CallingAeUnknown(""), "calling AE title is not configured, or not from this address"),
        Reject(AssociationDecision.TemporaryCongestion(""), "too many associations in all; the worker is stopping"),
        Reject(AssociationDecision.LocalLimitExceeded(""), "too many associations of this AE title or address; the disk is nearly full; storage or database fault"),
    ]);

    private static ConformanceTable Aborts() => new("aborts", "Aborts that we send (source, reason)", ["Codes", "When"],
    [
        ["2, 1", "what arrives is no PDU: HTTP or TLS on the plain port, for example"],
        ["2, 2", "a PDU that may not come in this state (PS3.8 table 9-10)"],
        ["2, 6", "a PDU longer than announced, an item or PDV past its end, a context that was not accepted"],
        ["0, 0", "fragments out of order, a damaged command set, a limit passed, silence, less than the least rate, the worker stops"],
    ]);

    private static ConformanceTable DeliveryStatus()
    {
        ushort[] seen = [0x0000, 0x0001, 0x0110, 0x0111, 0x0112, 0x0122, 0x0124, 0xA700, 0xA900, 0xB000, 0xB006, 0xB007, 0xC000];
        return new("delivery-status", "What a PACS' response to a report means", ["Status", "Meaning", "First attempt", "Third attempt"],
            [.. seen.Select(s => (IReadOnlyList<string>)[$"{s:X4}H", Words(s), Step(s, 1), Step(s, 3)]), ["any other", "", Step(0x0999, 1), Step(0x0999, 3)]]);
    }

    private static ConformanceTable CommitmentStatus()
    {
        ushort[] seen = [0x0000, 0x0110, 0x0112, 0x0118, 0x0122, 0x0124, 0x0131, 0x0210, 0x0211, 0x0213];
        return new("commitment-status", "What a PACS' response to a request for storage commitment means", ["Status", "First attempt", "Third attempt"],
            [.. seen.Select(s => (IReadOnlyList<string>)[$"{s:X4}H", Answer(s, 1), Answer(s, 3)]), ["any other", Answer(0x0999, 1), Answer(0x0999, 3)]]);

        static string Answer(ushort status, int attempt) => CommitmentDecider.OfStatus(status, attempt) switch
        {
            CommitmentAnswer.Asked => "its report is waited for",
            CommitmentAnswer.Again => "asked again later, under the same transaction",
            _ => "parked for a person",
        };
    }

    private static ConformanceTable EventStatus() => new("event-status", "Status codes of our responses to reports of storage commitment", ["Status", "Meaning", "When"],
    [
        Status(DimseStatus.Success, "the report is written down, also when it came before; the transaction is unknown (it changes nothing)"),
        Status(DimseStatus.ProcessingFailure, "it cannot be written down now: report again"),
        Status(DimseStatus.NotAuthorized, "the transaction is another destination's; the role of SCP was not negotiated"),
        Status(DimseStatus.NoSuchEventType, "the event type is neither 1 nor 2"),
        Status(DimseStatus.MissingAttribute, "no Transaction UID; event type 2 without Failed SOP Sequence"),
        Status(DimseStatus.InvalidAttributeValue, "the Transaction UID is no UID"),
    ]);

    /// <summary>What the network layer can and the worker does not offer.</summary>
    private static ConformanceTable Library() => new("library", "Services in the code that the worker does not offer yet", ["Service", "SOP class", "Role in the code"],
    [
        ["Study root query", ServiceClasses.StudyRootFind, "SCU"],
        ["Storage commitment push model", SopClasses.StorageCommitmentPush, "SCP, for the demo's PACS"],
        ["Modality performed procedure step", ServiceClasses.Mpps, "SCP and SCU"],
    ]);

    private static string Step(ushort status, int attempt) => DeliveryDecider.Decide(status, attempt) switch
    {
        DeliveryStep.Stored => "stored",
        DeliveryStep.Again => "tried again later",
        _ => "parked for a person",
    };

    private static IReadOnlyList<string> Class(string uid) => [SopClasses.Name(uid), uid];

    private static IReadOnlyList<string> Status(ushort status, string when) => [$"{status:X4}H", Words(status), when];

    private static string Words(ushort status) => DimseStatus.InWords(status)[6..];

    private static IReadOnlyList<string> Reject(AssociationDecision.Reject reject, string when) => [$"{reject.Result}, {reject.Source}, {reject.Reason}", when];

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes >= 1 << 30 ? $"{bytes >> 30} GiB" : bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
