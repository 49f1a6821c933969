namespace PacsAiWorker.Dicom.Upper;

/// <summary>States of the upper layer (PS3.8 section 9.2.1); the number is the standard's: <c>(UpperLayerState)6</c> is Sta6.</summary>
public enum UpperLayerState
{
    None = 0,
    Idle = 1,
    TransportOpen = 2,
    AwaitingLocalAssociateResponse = 3,
    AwaitingTransportOpen = 4,
    AwaitingAssociateResponse = 5,
    Established = 6,
    AwaitingReleaseResponse = 7,
    AwaitingLocalReleaseResponse = 8,
    CollisionRequestorAwaitingLocal = 9,
    CollisionAcceptorAwaitingPeer = 10,
    CollisionRequestorAwaitingPeer = 11,
    CollisionAcceptorAwaitingLocal = 12,
    AwaitingTransportClose = 13,
}

/// <summary>Events (PS3.8 table 9-10, rows): the number is the standard's.</summary>
public enum UpperLayerEvent
{
    None = 0,
    AssociateRequest = 1,
    TransportConfirmed = 2,
    AssociateAcReceived = 3,
    AssociateRjReceived = 4,
    TransportIndication = 5,
    AssociateRqReceived = 6,
    AssociateAccept = 7,
    AssociateReject = 8,
    DataRequest = 9,
    DataReceived = 10,
    ReleaseRequest = 11,
    ReleaseRqReceived = 12,
    ReleaseRpReceived = 13,
    ReleaseResponse = 14,
    AbortRequest = 15,
    AbortReceived = 16,
    TransportClosed = 17,
    ArtimExpired = 18,
    InvalidPdu = 19,
}

/// <summary>Actions (PS3.8 tables 9-6 to 9-9), named as there.</summary>
public enum UpperLayerAction
{
    None = 0,
    AE1, AE2, AE3, AE4, AE5, AE6, AE7, AE8,
    DT1, DT2,
    AR1, AR2, AR3, AR4, AR5, AR6, AR7, AR8, AR9, AR10,
    AA1, AA2, AA3, AA4, AA5, AA6, AA7, AA8,
}

/// <summary>The state transition table of PS3.8 section 9.2.3 (table 9-10), as data, for acceptor and requestor.</summary>
public static class UpperLayerTable
{
    // Columns: Sta1 ... Sta13. Rows: events.
    private const string Grid =
        """
        1  AE1 -   -   -   -   -   -   -   -   -    -   -   -
        2  -   -   -   AE2 -   -   -   -   -   -    -   -   -
        3  -   AA1 AA8 -   AE3 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA6
        4  -   AA1 AA8 -   AE4 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA6
        5  AE5 -   -   -   -   -   -   -   -   -    -   -   -
        6  -   AE6 AA8 -   AA8 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA7
        7  -   -   AE7 -   -   -   -   -   -   -    -   -   -
        8  -   -   AE8 -   -   -   -   -   -   -    -   -   -
        9  -   -   -   -   -   DT1 -   AR7 -   -    -   -   -
        10 -   AA1 AA8 -   AA8 DT2 AR6 AA8 AA8 AA8  AA8 AA8 AA6
        11 -   -   -   -   -   AR1 -   -   -   -    -   -   -
        12 -   AA1 AA8 -   AA8 AR2 AR8 AA8 AA8 AA8  AA8 AA8 AA6
        13 -   AA1 AA8 -   AA8 AA8 AR3 AA8 AA8 AR10 AR3 AA8 AA6
        14 -   -   -   -   -   -   -   AR4 AR9 -    -   AR4 -
        15 -   -   AA1 AA2 AA1 AA1 AA1 AA1 AA1 AA1  AA1 AA1 -
        16 -   AA2 AA3 -   AA3 AA3 AA3 AA3 AA3 AA3  AA3 AA3 AA2
        17 -   AA5 AA4 AA4 AA4 AA4 AA4 AA4 AA4 AA4  AA4 AA4 AR5
        18 -   AA2 -   -   -   -   -   -   -   -    -   -   AA2
        19 -   AA1 AA8 -   AA8 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA7
        """;

    private static readonly UpperLayerAction[,] Cells = Load();

    /// <summary>The action of a cell; <see cref="UpperLayerAction.None"/> where the table is empty.</summary>
    public static UpperLayerAction ActionOf(UpperLayerState state, UpperLayerEvent @event) => Cells[(int)@event, (int)state];

    /// <summary>
    /// The state an action leads to. AE-6 and AR-8 depend: AE-6 on whether the request is acceptable to the provider (Sta3) or
    /// not (Sta13), AR-8 on the side (Sta9 for the requestor, Sta10 for the acceptor).
    /// </summary>
    public static UpperLayerState NextOf(UpperLayerAction action, bool requestor, bool acceptable = true) => (UpperLayerState)(action switch
    {
        UpperLayerAction.AE1 => 4,
        UpperLayerAction.AE2 => 5,
        UpperLayerAction.AE3 or UpperLayerAction.AE7 or UpperLayerAction.DT1 or UpperLayerAction.DT2 => 6,
        UpperLayerAction.AE5 => 2,
        UpperLayerAction.AE6 => acceptable ? 3 : 13,
        UpperLayerAction.AR1 or UpperLayerAction.AR6 => 7,
        UpperLayerAction.AR2 or UpperLayerAction.AR7 => 8,
        UpperLayerAction.AR8 => requestor ? 9 : 10,
        UpperLayerAction.AR9 => 11,
        UpperLayerAction.AR10 => 12,
        UpperLayerAction.AE8 or UpperLayerAction.AR4 or UpperLayerAction.AA1 => 13,
        UpperLayerAction.AA6 or UpperLayerAction.AA7 or UpperLayerAction.AA8 => 13,
        UpperLayerAction.AE4 or UpperLayerAction.AR3 or UpperLayerAction.AR5 => 1,
        UpperLayerAction.AA2 or UpperLayerAction.AA3 or UpperLayerAction.AA4 or UpperLayerAction.AA5 => 1,
        _ => 0,
    });

    private static UpperLayerAction[,] Load()
    {
        var cells = new UpperLayerAction[20, 14];
        foreach (string row in Grid.Split('\n'))
        {
            string[] columns = row.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            int number = int.Parse(columns[0]);
            for (int state = 1; state <= 13; state++)
            {
                cells[number, state] = columns[state] == "-" ? UpperLayerAction.None : Enum.Parse<UpperLayerAction>(columns[state]);
            }
        }

        return cells;
    }
}
