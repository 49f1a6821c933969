namespace PacsAiWorker.Dicom.Upper;

/// <summary>
/// The user information item 50H (PS3.8 annex D.1, PS3.7 annex D.3.3) of A-ASSOCIATE-RQ and -AC. Extended negotiation (56H, 57H)
/// and user identity (58H) are passed over; of the latter only its presence is kept.
/// </summary>
internal sealed record UserInformation
{
    public uint MaxPdu { get; init; }

    public string? ImplementationClassUid { get; init; }

    public string? ImplementationVersionName { get; init; }

    public OperationsWindow? OperationsWindow { get; init; }

    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

    public bool HasUserIdentity { get; init; }

    public static UserInformation Parse(PduInput input)
    {
        var information = new UserInformation();
        var roles = new List<RoleSelection>();
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
                case 0x58:
                    information = information with { HasUserIdentity = true };
                    break;
            }
        }

        return information with { Roles = roles };
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
    });
}
