namespace PacsAiWorker.Dicom.Dimse;

/// <summary>Command Field (0000,0100), PS3.7 annex E.1. A response is its request with the highest bit set.</summary>
internal static class CommandField
{
    public const ushort CStoreRq = 0x0001;
    public const ushort CFindRq = 0x0020;
    public const ushort CEchoRq = 0x0030;
    public const ushort NEventReportRq = 0x0100;
    public const ushort NSetRq = 0x0120;
    public const ushort NActionRq = 0x0130;
    public const ushort NCreateRq = 0x0140;
    public const ushort CCancelRq = 0x0FFF;
    public const ushort Response = 0x8000;
}
