using PacsAiWorker.Benchmarks.Receive;

namespace PacsAiWorker.Tests.Benchmarks;

public sealed class ReceiveReportTests
{
    [Fact]
    public void Columns_stand_below_each_other()
    {
        var table = new MarkdownTable("receiver", "best/s");
        table.Add("worker", MarkdownTable.Number(1234.4));
        table.Add("a longer name", MarkdownTable.Number(null));
        Assert.Equal("""
            |receiver     |best/s|
            |-------------|-----:|
            |worker       |  1234|
            |a longer name|      |

            """, table.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_report_is_at_most_120_columns_wide()
    {
        var cell = Cell.Parse("clip:16");
        var full = new Sent(10_000, 1_000, 99_999, 9_999, 99_999, 16);
        Sample[] samples = [.. Receivers.All.Select(r => new Sample(ReceiverSlot.Section, r.Name, cell, 1, full, 1_000, 1_000, 59.9, 99.9))];
        var figures = new Figures(samples);
        var report = Report.Of(figures, [cell], Bars.Judge(figures), []);
        Assert.All(report.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void The_receivers_of_a_cell_stand_in_the_order_of_their_speed()
    {
        var cell = Cell.Parse("grey:1");
        var figures = new Figures([Of("slow", 1), Of("fast", 2)]);
        var report = Report.Of(figures, [cell], [], ["gone: it ended with 1"]);
        Assert.True(report.IndexOf("fast", StringComparison.Ordinal) < report.IndexOf("slow", StringComparison.Ordinal));
        Assert.Contains("Left out: gone: it ended with 1", report, StringComparison.Ordinal);

        Sample Of(string name, double perSecond) => new(ReceiverSlot.Section, name, cell, 1, new Sent(1, 0, perSecond), 0, 0, null, 0);
    }
}
