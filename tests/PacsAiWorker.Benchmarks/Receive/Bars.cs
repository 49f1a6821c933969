namespace PacsAiWorker.Benchmarks.Receive;

/// <summary>Pure: the bars of the receive path, beside what was measured. All ratios are within one run, best against best.</summary>
internal static class Bars
{
    private const string First = "first", Beyond = "beyond";

    private static readonly Cell Grey1 = Cell.Parse("grey:1"), Grey4 = Cell.Parse("grey:4"), Rgb1 = Cell.Parse("rgb:1"), Rgb4 = Cell.Parse("rgb:4");
    private static readonly Cell Jpeg1 = Cell.Parse("jpeg:1"), Clip1 = Cell.Parse("clip:1"), Clip16 = Cell.Parse("clip:16");

    public static IReadOnlyList<Bar> Judge(Figures figures)
    {
        IEnumerable<Bar> Times(string group, string peer, params (double Required, Cell Cell)[] cells) =>
            cells.Select(c => new Bar(group, $"worker / {peer}, {c.Cell}", c.Required, false, figures.Ratio(Receivers.Worker, peer, c.Cell)));
        Bar Faster(string group, string name, double required, string fast, string slow, Cell cell) =>
            new(group, $"{name}, {cell}", required, false, figures.Ratio(fast, slow, cell));
        Bar Memory(string group, string name, double required, Cell cell) =>
            new(group, $"MB of the worker, {name}", required, true, figures.MemoryMB(Receivers.Worker, cell));

        var digestMs = 1000 / figures.Best(DigestSlot.Sha256, Rgb1);
        var cpu = (figures.CpuMs(Receivers.Worker, Rgb1) - digestMs) / figures.CpuMs(Receivers.LimitCommit, Rgb1);
        return
        [
            .. Times(First, Receivers.Orthanc, (2, Grey1), (2.5, Rgb1), (2.5, Rgb4)),
            .. Times(First, Receivers.DurableStorescp, (0.9, Grey1), (0.9, Grey4), (1, Rgb1), (1, Rgb4)),
            .. Times(First, Receivers.LimitCommit, (0.7, Grey1), (0.6, Grey4), (0.7, Rgb1), (0.7, Rgb4)),
            new Bar(First, "CPU of the worker less SHA-256 / limit-commit, rgb:1", 1.5, true, cpu),
            Memory(First, "one clip of 55 MB", 120, Clip1),
            Faster(First, "window 8 / 1", 1.3, WindowSlot.Row(8), WindowSlot.Row(1), Grey1),
            Faster(First, "dcmsend, quick acknowledgement on / off", 10, QuickSlot.On, QuickSlot.Off, Grey1),
            Faster(First, "dcmsend, quick acknowledgement on / off", 2, QuickSlot.On, QuickSlot.Off, Rgb1),
            Faster(First, "send / a plain sender, into storescp as shipped", 5, SendSlot.OurSend("storescp"), SendSlot.PlainSender("storescp"), Grey1),
            Faster(First, "send / a plain sender, into Orthanc as shipped", 5, SendSlot.OurSend("orthanc"), SendSlot.PlainSender("orthanc"), Grey1),

            .. Times(Beyond, Receivers.Storescp, (0.8, Grey1), (1, Grey4), (0.8, Rgb1), (1, Rgb4)),
            .. Times(Beyond, Receivers.DurableStorescp, (1.3, Grey4), (1.3, Rgb1), (1.3, Rgb4)),
            .. Times(Beyond, Receivers.Orthanc, (4, Grey1), (4, Grey4), (4, Rgb1), (4, Rgb4), (4, Jpeg1), (4, Clip1)),
            Faster(Beyond, "window 16 / 1", 1.5, WindowSlot.Row(16), WindowSlot.Row(1), Grey1),
            Memory(Beyond, "16 clips at once", 150, Clip16),
        ];
    }
}
