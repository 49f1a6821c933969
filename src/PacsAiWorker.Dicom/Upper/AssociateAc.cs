namespace PacsAiWorker.Dicom.Upper;

/// <summary>A-ASSOCIATE-AC (PS3.8 section 9.3.3): what was granted. Read contexts carry id, result and transfer syntax only.</summary>
internal sealed record AssociateAc(IReadOnlyList<PresentationContext> Contexts, UserInformation User)
{
    /// <param name="request">Its AE titles go back as they came (sections 7.1.1.3 and 7.1.1.4).</param>
    public byte[] Write(AssociationRequest request)
    {
        PduOutput output = new PduOutput(PduType.AssociateAc)
            .U16(1).U16(0).AeTitle(request.CalledAe).AeTitle(request.CallingAe).Zeros(32)
            .Item(0x10, AssociationRequest.DicomApplicationContext);
        foreach (PresentationContext context in Contexts)
        {
            // The transfer syntax of a refused context is not significant but has to be there (section 9.3.3.2).
            string syntax = context.Accepted
                ?? (context.TransferSyntaxes.Count > 0 ? context.TransferSyntaxes[0] : Data.TransferSyntax.ImplicitVrLittleEndian.Uid);
            output.Item(0x21, o => o.U8(context.Id).U8(0).U8(context.Result).U8(0).Item(0x40, syntax));
        }

        User.Write(output);
        return output.ToArray();
    }

    public static AssociateAc Parse(ReadOnlySpan<byte> body)
    {
        var input = new PduInput(body);
        input.Skip(2 + 2 + 16 + 16 + 32); // version, reserved, AE titles and reserved: not to be tested
        var contexts = new List<PresentationContext>();
        var user = new UserInformation();
        while (!input.IsEmpty)
        {
            switch (input.Item(out PduInput item))
            {
                case 0x21:
                    contexts.Add(ParseContext(item));
                    break;
                case 0x50:
                    user = UserInformation.Parse(item);
                    break;
            }
        }

        return new AssociateAc(contexts, user);
    }

    private static PresentationContext ParseContext(PduInput input)
    {
        byte id = input.U8();
        input.Skip(1);
        byte result = input.U8();
        input.Skip(1);
        string? syntax = null;
        while (!input.IsEmpty)
        {
            if (input.Item(out PduInput item) == 0x40)
            {
                syntax = item.Text();
            }
        }

        return new PresentationContext(id, "", [], result, result == PresentationContext.Acceptance ? syntax : null);
    }
}
