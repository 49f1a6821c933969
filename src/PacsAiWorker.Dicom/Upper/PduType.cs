namespace PacsAiWorker.Dicom.Upper;

/// <summary>PDU types (PS3.8 section 9.3.1) and the header all PDUs share: type, reserved, 32-bit length of what follows.</summary>
internal static class PduType
{
    public const byte AssociateRq = 0x01;
    public const byte AssociateAc = 0x02;
    public const byte AssociateRj = 0x03;
    public const byte DataTf = 0x04;
    public const byte ReleaseRq = 0x05;
    public const byte ReleaseRp = 0x06;
    public const byte Abort = 0x07;

    /// <summary>1 type + 1 reserved + 4 length.</summary>
    public const int HeaderBytes = 6;

    /// <summary>Longest A-ASSOCIATE PDU read: 128 contexts of 30 transfer syntaxes are about 271 KB.</summary>
    public const int MaxControlBytes = 512 * 1024;

    public static UpperLayerEvent EventOf(byte type) => type switch
    {
        AssociateRq => UpperLayerEvent.AssociateRqReceived,
        AssociateAc => UpperLayerEvent.AssociateAcReceived,
        AssociateRj => UpperLayerEvent.AssociateRjReceived,
        DataTf => UpperLayerEvent.DataReceived,
        ReleaseRq => UpperLayerEvent.ReleaseRqReceived,
        ReleaseRp => UpperLayerEvent.ReleaseRpReceived,
        Abort => UpperLayerEvent.AbortReceived,
        _ => UpperLayerEvent.InvalidPdu,
    };
}
