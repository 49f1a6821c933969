using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Tests.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Runtime.Trials;

public sealed class TrialProcessTests : IDisposable
{
    private static readonly RuntimeOptions Cpu = new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A program that says it is ready, takes one order and then does what the script says.</summary>
    private TrialOptions Script(string afterOrder)
    {
        var path = Path.Combine(_folder.Models, "..", Path.GetFileName(_folder.Models) + ".sh");
        File.WriteAllText(path, "#!/bin/sh\n"
            + "dd bs=131072 count=1 <&3 >/dev/null 2>&1\n"
            + "printf '{\"verdict\":{\"why\":\"\"}}' >&3\n"
            + "dd bs=131072 count=1 <&3 >/dev/null 2>&1\n" + afterOrder + "\n");
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new TrialOptions { Program = Path.GetFullPath(path) };
    }

    [Fact]
    public void A_good_package_passes_every_check_in_order_and_one_process_tries_many()
    {
        using var trial = TrialProcess.Start(Cpu, new TrialOptions());
        for (var i = 0; i < 2; i++)
        {
            var said = new List<PackageCheck>();
            var verdict = trial.Try(_folder.Add($"p{i}"), said.Add);
            Assert.Equal(((NotScoredReason?)null, ""), (verdict.Reason, verdict.Why));
            Assert.Equal(PackageChecks.All, said.Select(c => c.Name));
            Assert.All(said, c => Assert.True(c.Passed));
        }

        var bad = trial.Try(_folder.Add("bad", "schema: 1", "schema: 9"));
        Assert.Equal(NotScoredReason.NoModelApplies, bad.Reason);
        Assert.Contains("bad/model.yaml:2: 'schema' must be 1", bad.Why, StringComparison.Ordinal);
        var empty = _folder.Add("empty");
        File.Delete(Path.Combine(empty, "model.onnx"));
        Assert.Equal(NotScoredReason.WeightsNotInstalled, trial.Try(empty).Reason);
        Assert.True(trial.IsAlive);
    }

    [Fact]
    public void A_package_that_ends_the_process_is_refused_and_nothing_else_ends()
    {
        _folder.Add("p");
        using var registry = ModelRegistry.Load(_folder.Models, Cpu with { Trial = Script("kill -SEGV $$") }, FixedClock.On(2026, 11, 22));
        Assert.Empty(registry.Current.Models);
        var refused = Assert.Single(registry.Current.Refused);
        Assert.Equal(("demo-phantom", NotScoredReason.NoModelApplies), (refused.ModelId, refused.Reason));
        Assert.Contains("p ended the process that tried it, at the check 'card'; it is not loaded", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_check_during_which_the_process_ended_is_named()
    {
        using var trial = TrialProcess.Start(Cpu, Script("printf '{\"check\":{\"name\":\"structure\",\"passed\":true,\"milliseconds\":1,\"detail\":\"\"}}' >&3; kill -ABRT $$"));
        var said = new List<PackageCheck>();
        Assert.Contains("at the check 'session'", trial.Try(_folder.Models, said.Add).Why, StringComparison.Ordinal);
        Assert.Equal([("structure", true), ("session", false)], said.Select(c => (c.Name, c.Passed)));
        Assert.False(trial.IsAlive);
    }

    [Fact]
    public void A_package_that_never_ends_is_refused_after_the_limit_and_the_process_is_ended()
    {
        using var trial = TrialProcess.Start(Cpu, Script("exec sleep 600") with { Limit = TimeSpan.FromMilliseconds(20) });
        Assert.Contains("takes longer than", trial.Try(_folder.Models).Why, StringComparison.Ordinal);
        Assert.False(trial.IsAlive);
    }

    [Fact]
    public void A_program_that_does_not_start_is_the_installation_s_fault_not_the_package_s()
    {
        _folder.Add("p");
        using var registry = ModelRegistry.Load(_folder.Models, Cpu with { Trial = new TrialOptions { Program = "/nowhere/pacs-ai-worker" } }, FixedClock.On(2026, 11, 22));
        var refused = Assert.Single(registry.Current.Refused);
        Assert.Equal(NotScoredReason.DeviceUnavailable, refused.Reason);
        Assert.Contains("/nowhere/pacs-ai-worker", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_does_not_find_the_library_says_where_it_looked() =>
        Assert.Contains("/nowhere/libonnxruntime.so.1", Assert.Throws<OrtLibraryException>(() => TrialProcess.Start(Cpu with { ApplicationFolder = "/nowhere" }, new TrialOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_package_is_tried_once_in_the_life_of_the_process()
    {
        File.AppendAllText(Path.Combine(_folder.Add("p"), "README.md"), Guid.NewGuid().ToString());
        using (ModelRegistry.Load(_folder.Models, Cpu, FixedClock.On(2026, 11, 22)))
        {
        }

        using var trials = new PackageTrials(Cpu);
        Assert.Null(trials.Try(ModelPackage.Load(Path.Combine(_folder.Models, "p")), PacsAiWorker.Tests.Native.Ort.Library).Reason);
        Assert.False(trials.HasStarted);
    }
}
