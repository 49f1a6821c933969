namespace PacsAiWorker.Dicom.Upper;

/// <summary>A-ASSOCIATE-RQ (PS3.8 section 9.3.2): who wants what. Everything in it is the peer's claim.</summary>
public sealed class AssociationRequest
{
    /// <summary>PS3.7 annex A.2.1.</summary>
    public const string DicomApplicationContext = "1.2.840.10008.3.1.1.1";

    public required string CalledAe { get; init; }

    public required string CallingAe { get; init; }

    public required IReadOnlyList<PresentationContext> Contexts { get; init; }

    /// <summary>Bit 0 set: version 1, the only one there is.</summary>
    public int ProtocolVersion { get; init; } = 1;

    public string ApplicationContext { get; init; } = DicomApplicationContext;

    /// <summary>Longest P-DATA-TF the peer takes; 0 for no limit.</summary>
    public uint MaxPdu { get; init; }

    public string? ImplementationClassUid { get; init; }

    public string? ImplementationVersionName { get; init; }

    public OperationsWindow? OperationsWindow { get; init; }

    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

    public IReadOnlyList<CommonExtendedNegotiation> CommonExtendedNegotiations { get; init; } = [];

    public UserIdentity? UserIdentity { get; init; }

    /// <param name="body">What follows the PDU's header.</param>
    internal static AssociationRequest Parse(ReadOnlySpan<byte> body)
    {
        var input = new PduInput(body);
        int version = input.U16();
        input.Skip(2); // reserved
        string called = input.Text(16);
        string calling = input.Text(16);
        input.Skip(32); // reserved

        string applicationContext = "";
        var contexts = new List<PresentationContext>();
        var user = new UserInformation();
        while (!input.IsEmpty)
        {
            switch (input.Item(out PduInput item))
            {
                case 0x10:
                    applicationContext = item.Text();
                    break;
                case 0x20:
                    Add(contexts, ParseContext(item));
                    break;
                case 0x50:
                    user = UserInformation.Parse(item);
                    break;
            }
        }

        return new AssociationRequest
        {
            CalledAe = called,
            CallingAe = calling,
            Contexts = contexts,
            ProtocolVersion = version,
            ApplicationContext = applicationContext,
            MaxPdu = user.MaxPdu,
            ImplementationClassUid = user.ImplementationClassUid,
            ImplementationVersionName = user.ImplementationVersionName,
            OperationsWindow = user.OperationsWindow,
            Roles = user.Roles,
            ExtendedNegotiations = user.ExtendedNegotiations,
            CommonExtendedNegotiations = user.CommonExtendedNegotiations,
            UserIdentity = user.UserIdentity,
        };
    }

    /// <summary>The whole PDU.</summary>
    internal byte[] Write()
    {
        PduOutput output = new PduOutput(PduType.AssociateRq).U16(ProtocolVersion).U16(0).AeTitle(CalledAe).AeTitle(CallingAe).Zeros(32);
        output.Item(0x10, ApplicationContext);
        foreach (PresentationContext context in Contexts)
        {
            output.Item(0x20, o =>
            {
                o.U8(context.Id).Zeros(3).Item(0x30, context.AbstractSyntax);
                foreach (string syntax in context.TransferSyntaxes)
                {
                    o.Item(0x40, syntax);
                }
            });
        }

        new UserInformation
        {
            MaxPdu = MaxPdu,
            ImplementationClassUid = ImplementationClassUid,
            ImplementationVersionName = ImplementationVersionName,
            OperationsWindow = OperationsWindow,
            Roles = Roles,
            ExtendedNegotiations = ExtendedNegotiations,
            CommonExtendedNegotiations = CommonExtendedNegotiations,
            UserIdentity = UserIdentity,
        }.Write(output);
        return output.ToArray();
    }

    private static void Add(List<PresentationContext> contexts, PresentationContext context)
    {
        if ((context.Id & 1) == 0 || contexts.Exists(c => c.Id == context.Id))
        {
            throw PduFault.Invalid($"Presentation context id {context.Id} is even or stands twice (PS3.8 9.3.2.2).");
        }

        contexts.Add(context);
    }

    private static PresentationContext ParseContext(PduInput input)
    {
        byte id = input.U8();
        input.Skip(3); // reserved
        string abstractSyntax = "";
        var transferSyntaxes = new List<string>();
        while (!input.IsEmpty)
        {
            switch (input.Item(out PduInput item))
            {
                case 0x30:
                    abstractSyntax = item.Text();
                    break;
                case 0x40:
                    transferSyntaxes.Add(item.Text());
                    break;
            }
        }

        return new PresentationContext(id, abstractSyntax, transferSyntaxes);
    }
}
