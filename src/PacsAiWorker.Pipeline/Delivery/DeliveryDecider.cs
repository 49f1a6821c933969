using System.Net;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Pipeline.Delivery;

/// <summary>What an answer of a PACS means for the delivery.</summary>
public enum DeliveryStep
{
    /// <summary>The PACS has it.</summary>
    Stored,

    /// <summary>Again later: the trouble may pass.</summary>
    Again,

    /// <summary>The PACS will never take it: a person has to look.</summary>
    Refused,
}

/// <summary>Pure: PS3.4 table B.2-1 and what PACS do beyond it.</summary>
public static class DeliveryDecider
{
    private const int TriesForTheUnknown = 3;

    /// <param name="attempt">1 for the first.</param>
    public static DeliveryStep Decide(ushort status, int attempt) => status switch
    {
        0x0000 => DeliveryStep.Stored,
        0x0111 => DeliveryStep.Stored, // duplicate SOP instance: the same bytes are there from an attempt whose answer was lost
        0x0110 => DeliveryStep.Again,
        0x0122 or 0x0124 or 0x0117 or 0x0118 or 0x0112 => DeliveryStep.Refused,
        _ when DimseStatus.IsWarning(status) => DeliveryStep.Stored,
        _ when (status & 0xFF00) == 0xA700 => DeliveryStep.Again,
        _ when (status & 0xFF00) == 0xA900 || (status & 0xF000) == 0xC000 => DeliveryStep.Refused,
        _ => attempt < TriesForTheUnknown ? DeliveryStep.Again : DeliveryStep.Refused,
    };

    /// <summary>
    /// It stored the report and says that it changed elements (B000H, PS3.4 table B.2-1): that may be the patient. B006H, elements discarded,
    /// and B007H, not as the class has it, speak of the document's shape and not of whose it is.
    /// </summary>
    public static bool IsCoerced(int status) => status == DimseStatus.CoercionOfDataElements;

    /// <summary>The PACS as a whole is short of something: other reports fare no better now.</summary>
    public static bool IsBusy(ushort status) => (status & 0xFF00) == 0xA700;

    /// <summary>Safety rule 11: what a demonstration package said never leaves this machine.</summary>
    public static bool MayGo(bool isDemonstration, IReadOnlyList<IPAddress> destination) =>
        !isDemonstration || (destination.Count > 0 && destination.All(IPAddress.IsLoopback));
}
