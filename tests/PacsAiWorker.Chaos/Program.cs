using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using PacsAiWorker.Chaos;

[assembly: SupportedOSPlatform("linux")]

const string Figures = "artifacts/chaos/kill.json";
try
{
    var options = KillOptions.Parse(args);
    var progress = KillProgress.Open(Figures, options.Seed);
    using var stopping = new CancellationTokenSource();
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stopping.Cancel();
    }

    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    var held = await new KillRun(options, progress, Figures, stopping.Token).RunAsync();
    foreach (var road in progress.Stages.Keys.Select(k => k.Split('/')[0]).Distinct())
    {
        Console.WriteLine();
        foreach (var line in KillTable.Lines(progress, road))
        {
            Console.WriteLine(line);
        }
    }

    var addsUp = KillTable.AddsUp(progress);
    Console.WriteLine($"{(addsUp ? "Every figure adds up" : $"{progress.Failures.Count} failures")}; seed {progress.Seed}, {Figures}");
    return held && addsUp ? 0 : 1;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
