using System.Globalization;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Runtime.Trials;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Native;
using Xunit.Abstractions;

namespace PacsAiWorker.Tests.Inference.Packages;

/// <summary>
/// A thousand damaged copies of the demonstration package: each is refused, or its network answers as the sound one does. What no check
/// can see is a valid card that says something else; such a package has another identity, and the test counts them by what differs.
/// </summary>
public sealed class DamagedPackagesTests : IDisposable
{
    private const int Packages = 1000, Seed = 20261122;

    private static readonly RuntimeOptions Cpu = new(Provider: OrtProvider.Cpu, IntraOpThreads: 1);
    private static readonly string Source = Path.Combine(SourceTree.Path("models"), "demo-phantom");

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;
    private readonly ITestOutputHelper _output;
    private readonly Dictionary<string, byte[]> _sound;
    private readonly ModelPackage _package = ModelPackage.Load(Source);
    private readonly Dictionary<string, int> _counts = [];
    private TrialProcess? _trial;
    private int _ended;

    public DamagedPackagesTests(ITestOutputHelper output)
    {
        _output = output;
        _sound = Directory.GetFiles(Source, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(Source, f), File.ReadAllBytes);
    }

    public void Dispose()
    {
        _trial?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Of_a_thousand_damaged_packages_each_is_refused_or_its_network_answers_as_the_sound_one()
    {
        var damage = new PackageDamage(Seed, _sound);
        var recomputed = 0;
        for (var i = 0; i < Packages; i++)
        {
            var damaged = damage.Next(i);
            recomputed += damaged.IsRecomputed ? 1 : 0;
            var folder = Write(damaged.Files);
            var outcome = Refusal(damaged, folder) is { } why ? Refused(why) : Accepted(damaged, folder);
            var key = $"{damaged.Kind}, {(damaged.IsRecomputed ? "digest recomputed" : "digest as it was")}: {outcome}";
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }

        foreach (var (key, count) in _counts.OrderBy(c => c.Key, StringComparer.Ordinal))
            _output.WriteLine($"{count,4} {key}");
        _output.WriteLine($"{_ended,4} processes ended by a package");
        Assert.True(recomputed >= Packages / 2);
    }

    /// <summary>Null when the package passes. What was not made to fit is refused before the library sees it, so no process is needed.</summary>
    private string? Refusal(PackageDamage.Damaged damaged, string folder)
    {
        if (!damaged.IsRecomputed)
            try
            {
                if (!ModelPackage.Load(folder).WeightsInstalled)
                    return "weights not installed";
            }
            catch (PackageException refused)
            {
                return refused.Message;
            }
        if (_trial is not { IsAlive: true })
        {
            _trial?.Dispose();
            _trial = TrialProcess.Start(Cpu, new TrialOptions { Limit = TimeSpan.FromSeconds(60) });
        }

        var verdict = _trial.Try(folder);
        _ended += verdict.Ended ? 1 : 0;
        return verdict.Reason is null ? null : verdict.Why;
    }

    private static string Refused(string why)
    {
        Assert.NotEmpty(why);
        Assert.DoesNotContain("Exception", why, StringComparison.Ordinal);
        return "refused";
    }

    /// <summary>What passed all checks gives what the sound network gives, on pictures that no check has shown it.</summary>
    private string Accepted(PackageDamage.Damaged damaged, string folder)
    {
        var package = ModelPackage.Load(folder);
        Assert.NotEqual(_package.Identity, package.Identity);
        var (isSame, most) = Compare(damaged.Files[PackageDamage.Network]);
        Assert.True(most <= _package.Card.Golden!.Tolerance, $"{damaged.Kind}: a picture scores {most} away and no check saw it");
        var differs = Differences(_package.Card, package.Card);
        return (isSame ? "same bits out" : "within tolerance") + (differs.Length > 0 ? $", card says other {differs}" : "");
    }

    private (bool IsSame, float Most) Compare(byte[] network)
    {
        if (network.AsSpan().SequenceEqual(_sound[PackageDamage.Network]))
            return (true, 0);
        using var sound = OrtSession.Create(Ort.Library, _sound[PackageDamage.Network], new OrtSessionSettings(IntraOpThreads: 1));
        using var other = OrtSession.Create(Ort.Library, network, new OrtSessionSettings(IntraOpThreads: 1));
        var (isSame, most) = (true, 0f);
        foreach (var picture in Pictures())
        {
            var (a, b) = (sound.Run(picture, [1, 1, 96, 96])[0], other.Run(picture, [1, 1, 96, 96])[0]);
            isSame &= a.AsSpan().SequenceEqual(b);
            for (var i = 0; i < a.Length; i++)
                most = Math.Max(most, Math.Abs(a[i] - b[i]));
        }
        return (isSame, most);
    }

    /// <summary>The golden picture moved, turned over, dimmed, and noise, each 96 × 96 values of 0 to 1.</summary>
    private IEnumerable<float[]> Pictures()
    {
        var golden = _package.GoldenInput;
        yield return golden;
        yield return [.. golden.Reverse()];
        yield return [.. golden.Skip(3000), .. golden.Take(3000)];
        yield return [.. golden.Select(v => v / 3)];
        var random = new Random(Seed);
        yield return [.. golden.Select(_ => random.NextSingle())];
        yield return [.. golden.Select(v => 0.7f * v + 0.3f * random.NextSingle())];
    }

    private static string Differences(ModelCard a, ModelCard b) => string.Join(", ", typeof(ModelCard).GetProperties()
        .Where(p => p.Name is not (nameof(ModelCard.Sha256) or nameof(ModelCard.Bytes)) && Words(p.GetValue(a)) != Words(p.GetValue(b))).Select(p => p.Name));

    private static string Words(object? value) => value switch
    {
        null => "",
        string text => text,
        System.Collections.IEnumerable list => string.Join('|', list.Cast<object>().Select(Words)),
        PreprocessingRule rule => rule.Describe(),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private string Write(Dictionary<string, byte[]> files)
    {
        var folder = Path.Combine(_folder, "p");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        return folder;
    }
}
