using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class UpperLayerTableTests
{
    // PS3.8 table 9-10, turned: a row is a state, its columns are events 1 to 19; "action/next state".
    private const string Standard =
        """
        Sta1:  AE-1/4 . . . AE-5/2 . . . . . . . . . . . . . .
        Sta2:  . . AA-1/13 AA-1/13 . AE-6/3 . . . AA-1/13 . AA-1/13 AA-1/13 . . AA-2/1 AA-5/1 AA-2/1 AA-1/13
        Sta3:  . . AA-8/13 AA-8/13 . AA-8/13 AE-7/6 AE-8/13 . AA-8/13 . AA-8/13 AA-8/13 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta4:  . AE-2/5 . . . . . . . . . . . . AA-2/1 . AA-4/1 . .
        Sta5:  . . AE-3/6 AE-4/1 . AA-8/13 . . . AA-8/13 . AA-8/13 AA-8/13 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta6:  . . AA-8/13 AA-8/13 . AA-8/13 . . DT-1/6 DT-2/6 AR-1/7 AR-2/8 AA-8/13 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta7:  . . AA-8/13 AA-8/13 . AA-8/13 . . . AR-6/7 . AR-8/9|10 AR-3/1 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta8:  . . AA-8/13 AA-8/13 . AA-8/13 . . AR-7/8 AA-8/13 . AA-8/13 AA-8/13 AR-4/13 AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta9:  . . AA-8/13 AA-8/13 . AA-8/13 . . . AA-8/13 . AA-8/13 AA-8/13 AR-9/11 AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta10: . . AA-8/13 AA-8/13 . AA-8/13 . . . AA-8/13 . AA-8/13 AR-10/12 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta11: . . AA-8/13 AA-8/13 . AA-8/13 . . . AA-8/13 . AA-8/13 AR-3/1 . AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta12: . . AA-8/13 AA-8/13 . AA-8/13 . . . AA-8/13 . AA-8/13 AA-8/13 AR-4/13 AA-1/13 AA-3/1 AA-4/1 . AA-8/13
        Sta13: . . AA-6/13 AA-6/13 . AA-7/13 . . . AA-6/13 . AA-6/13 AA-6/13 . . AA-2/1 AR-5/1 AA-2/1 AA-7/13
        """;

    [Fact]
    public void Every_cell_is_that_of_PS3_8_table_9_10()
    {
        int cells = 0;
        foreach (string line in Standard.Split('\n'))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var state = (UpperLayerState)int.Parse(columns[0][3..^1]);
            Assert.Equal(20, columns.Length);
            for (int number = 1; number <= 19; number++)
            {
                UpperLayerAction action = UpperLayerTable.ActionOf(state, (UpperLayerEvent)number);
                string cell = columns[number];
                string expected = cell == "." ? "None" : cell.Split('/')[0].Replace("-", "", StringComparison.Ordinal);
                Assert.True(expected == action.ToString(), $"{state} event {number}: {expected} expected, {action} found");
                if (cell != ".")
                {
                    string[] next = cell.Split('/')[1].Split('|');
                    Assert.Equal(int.Parse(next[0]), (int)UpperLayerTable.NextOf(action, requestor: true));
                    Assert.Equal(int.Parse(next[^1]), (int)UpperLayerTable.NextOf(action, requestor: false));
                    cells++;
                }
            }
        }

        Assert.Equal(13 * 19, 247);
        Assert.Equal(123, cells);
    }

    [Fact]
    public void A_request_the_provider_refuses_leads_from_AE6_to_Sta13() =>
        Assert.Equal(UpperLayerState.AwaitingTransportClose, UpperLayerTable.NextOf(UpperLayerAction.AE6, requestor: false, acceptable: false));
}
