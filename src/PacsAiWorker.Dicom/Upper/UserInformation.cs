namespace PacsAiWorker.Dicom.Upper;

/// <summary>The user information item 50H (PS3.8 annex D.1, PS3.7 annex D.3.3) of A-ASSOCIATE-RQ and -AC. Unknown items are passed over.</summary>
internal sealed record UserInformation
{
    public uint MaxPdu { get; init; }

    public string? ImplementationClassUid { get; init; }

    public string? ImplementationVersionName { get; init; }

    public OperationsWindow? OperationsWindow { get; init; }

    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

    public IReadOnlyList<CommonExtendedNegotiation> CommonExtendedNegotiations { get; init; } = [];

    /// <summary>Of a request.</summary>
    public UserIdentity? UserIdentity { get; init; }

    /// <summary>Of an acceptance: the server's response.</summary>
    public byte[]? UserIdentityAnswer { get; init; }

    public static UserInformation Parse(PduInput input)
    {
        var information = new UserInformation();
        var roles = new List<RoleSelection>();
        var extended = new List<ExtendedNegotiation>();
        var common = new List<CommonExtendedNegotiation>();
        while (!input.IsEmpty)
        {
            switch (input.Item(out PduInput item))
            {
                case 0x51:
                    information = information with { MaxPdu = item.U32() };
                    break;
                case 0x52:
                    information = information with { ImplementationClassUid = item.Text() };
                    break;
                case 0x53:
                    information = information with { OperationsWindow = new(item.U16(), item.U16()) };
                    break;
                case 0x54:
                    roles.Add(new(item.Text(item.U16()), item.U8() == 1, item.U8() == 1));
                    break;
                case 0x55:
                    information = information with { ImplementationVersionName = item.Text() };
                    break;
                case 0x56:
                    extended.Add(new(item.Text(item.U16()), item.Rest()));
                    break;
                case 0x57:
                    common.Add(ParseCommon(item));
                    break;
                case 0x58:
                    information = information with { UserIdentity = new(item.U8(), item.U8() == 1, item.Bytes(item.U16()), item.Bytes(item.U16())) };
                    break;
                case 0x59:
                    information = information with { UserIdentityAnswer = item.Bytes(item.U16()) };
                    break;
            }
        }

        return information with { Roles = roles, ExtendedNegotiations = extended, CommonExtendedNegotiations = common };
    }

    /// <summary>Version 0 of the sub-item (PS3.7 table D.3-12); what a later version appends is not read.</summary>
    private static CommonExtendedNegotiation ParseCommon(PduInput item)
    {
        string sopClass = item.Text(item.U16());
        string serviceClass = item.Text(item.U16());
        var related = new List<string>();
        var list = new PduInput(item.Bytes(item.U16()));
        while (!list.IsEmpty)
        {
            related.Add(list.Text(list.U16()));
        }

        return new(sopClass, serviceClass, related);
    }

    public void Write(PduOutput output) => output.Item(0x50, o =>
    {
        o.Item(0x51, i => i.U32(MaxPdu));
        o.Item(0x52, ImplementationClassUid ?? "");
        if (OperationsWindow is { } window)
        {
            o.Item(0x53, i => i.U16(window.Invoked).U16(window.Performed));
        }

        foreach (RoleSelection role in Roles)
        {
            o.Item(0x54, i => i.U16(role.SopClassUid.Length).Text(role.SopClassUid).U8(role.Scu ? (byte)1 : (byte)0).U8(role.Scp ? (byte)1 : (byte)0));
        }

        o.Item(0x55, ImplementationVersionName ?? "");
        foreach (ExtendedNegotiation extended in ExtendedNegotiations)
        {
            o.Item(0x56, i => i.U16(extended.SopClassUid.Length).Text(extended.SopClassUid).Bytes(extended.Information.Span));
        }

        foreach (CommonExtendedNegotiation common in CommonExtendedNegotiations)
        {
            o.Item(0x57, i => WriteCommon(i, common));
        }

        if (UserIdentity is { } identity)
        {
            o.Item(0x58, i => i.U8(identity.Type).U8(identity.PositiveResponseRequested ? (byte)1 : (byte)0)
                .U16(identity.Primary.Length).Bytes(identity.Primary.Span).U16(identity.Secondary.Length).Bytes(identity.Secondary.Span));
        }

        if (UserIdentityAnswer is { } answer)
        {
            o.Item(0x59, i => i.U16(answer.Length).Bytes(answer));
        }
    });

    private static void WriteCommon(PduOutput output, CommonExtendedNegotiation common)
    {
        output.U16(common.SopClassUid.Length).Text(common.SopClassUid).U16(common.ServiceClassUid.Length).Text(common.ServiceClassUid);
        output.U16(common.RelatedGeneralSopClasses.Sum(r => 2 + r.Length));
        foreach (string related in common.RelatedGeneralSopClasses)
        {
            output.U16(related.Length).Text(related);
        }
    }
}
