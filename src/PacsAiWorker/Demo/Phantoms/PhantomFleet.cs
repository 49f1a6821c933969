using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Inference;

namespace PacsAiWorker.Demo.Phantoms;

/// <summary>One object of a phantom study.</summary>
/// <param name="SopClassUid">(0008,0016).</param>
/// <param name="SopInstanceUid">(0008,0018).</param>
/// <param name="TransferSyntaxUid">Of the data set's bytes.</param>
/// <param name="DataSetBytes">As a C-STORE carries it, without file meta information.</param>
/// <param name="ExpectScored">Whether this version scores it.</param>
/// <param name="Kind">What is special about it, in words.</param>
/// <param name="IsLate">To be sent after the study would be complete.</param>
public sealed record PhantomInstance(
    string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, byte[] DataSetBytes, bool ExpectScored, string Kind, bool IsLate);

/// <summary>One phantom study.</summary>
/// <param name="StudyInstanceUid">(0020,000D).</param>
/// <param name="PatientId">(0010,0020), beginning PHANTOM-.</param>
/// <param name="HasLesion">Whether a picture was drawn with a lesion.</param>
/// <param name="Vendor">Name of the cart's shape.</param>
/// <param name="Instances">In the order of sending.</param>
public sealed record PhantomStudy(string StudyInstanceUid, string PatientId, bool HasLesion, string Vendor,
    IReadOnlyList<PhantomInstance> Instances);

/// <summary>Studies of simulated carts: several makers' shapes, and one special object in most of them.</summary>
public static class PhantomFleet
{
    private static readonly DateTimeOffset DefaultTime = new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    /// <summary>A maker's habits: how all pictures of the study are stored.</summary>
    private sealed record Habit(string Vendor, Geometry Geometry, int Width, int Height, PhantomPixels Pixels, bool Implicit,
        bool Regions, bool Optional, bool TextBands);

    private static readonly Habit[] Habits =
    [
        new("Linear grey", Geometry.Linear, 640, 480, PhantomPixels.Grey, false, true, true, false),
        new("Convex RGB", Geometry.Convex, 800, 600, PhantomPixels.Rgb, true, true, true, true),
        new("Sector palette, no regions", Geometry.Sector, 640, 480, PhantomPixels.Palette, false, false, true, true),
        new("Linear, few attributes", Geometry.Linear, 640, 480, PhantomPixels.Grey, true, false, false, false),
        new("Convex planar RGB", Geometry.Convex, 640, 480, PhantomPixels.RgbPlanar, false, true, true, false),
        new("Sector grey", Geometry.Sector, 800, 600, PhantomPixels.Grey, false, true, true, true),
    ];

    /// <summary>The special objects, one a study in turn; null = none.</summary>
    private static readonly (string Kind, bool Scored, bool Late, Func<PhantomContent, PhantomContent> Change)?[] Specials =
    [
        null,
        ("colour Doppler", false, false, c => c with { Scene = c.Scene with { ColourFlow = true }, Pixels = PhantomPixels.Rgb }),
        ("two-frame clip", true, false, c => c with { Frames = 2 }),
        ("corrupt: pixel data cut short", false, false, c => c with { Truncated = true }),
        ("RLE compressed", true, false, c => c with { Pixels = PhantomPixels.Rle }),
        ("late image", true, true, c => c),
        ("missing attributes", true, false, c => c with { Regions = false, Optional = false }),
    ];

    /// <summary>
    /// Makes studies; the same arguments give the same bytes. About 1 MB an image, so a fleet of hundreds wants to be made in
    /// parts.
    /// </summary>
    /// <param name="studies">How many.</param>
    /// <param name="seed">Same seed, same studies and UIDs.</param>
    /// <param name="studyTime">Date and time of the first study, the others follow minute by minute; a fixed day when absent.</param>
    public static IReadOnlyList<PhantomStudy> Make(int studies, int seed, DateTimeOffset? studyTime = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(studies);
        return [.. Enumerable.Range(0, studies).Select(i => MakeStudy(i, seed, (studyTime ?? DefaultTime).AddMinutes(i)))];
    }

    /// <summary>The study of one number of a fleet.</summary>
    public static PhantomStudy MakeStudy(int number, int seed, DateTimeOffset time)
    {
        var dice = new Dice((ulong)(uint)seed << 32 | (uint)number);
        var habit = Habits[number % Habits.Length];
        var special = Specials[number % Specials.Length];
        var lesion = dice.Chance(0.5);
        var study = Uid(seed, number, "study");
        var instances = new List<PhantomInstance>();
        var pictures = 2 + dice.Below(3);
        for (var i = 0; i < pictures; i++)
        {
            var content = Content(habit, dice, lesion && (i == 0 || dice.Chance(0.7)));
            instances.Add(Instance(content, Identity(i + 1), "B-mode", scored: true, late: false));
        }
        if (special is { } odd)
        {
            var content = odd.Change(Content(habit, dice, lesion && odd.Late));
            instances.Add(Instance(content, Identity(pictures + 1), odd.Kind, odd.Scored, odd.Late));
        }
        return new PhantomStudy(study, $"{PhantomMarker.PatientIdPrefix}{number + 1:0000}", lesion, habit.Vendor, instances);

        PhantomIdentity Identity(int instance) =>
            new(number + 1, study, Uid(seed, number, "series"), Uid(seed, number, "instance", instance), instance, habit.Vendor, time);
    }

    private static PhantomContent Content(Habit habit, Dice dice, bool lesion) => new(
        new PhantomScene(dice.Bits() >> 1, lesion, habit.Geometry, habit.Width, habit.Height, habit.TextBands),
        habit.Pixels, habit.Implicit, habit.Regions, habit.Optional);

    private static PhantomInstance Instance(PhantomContent content, PhantomIdentity identity, string kind, bool scored, bool late) => new(
        PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid,
            PhantomFile.Encode(content, identity), scored, kind, late);

    private static string Uid(int seed, int study, string what, int instance = 0) =>
        DicomUid.FromName("phantom", $"{seed}", $"{study}", what, $"{instance}");
}
