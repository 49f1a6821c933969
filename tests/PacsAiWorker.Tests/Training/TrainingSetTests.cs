using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Training.Features;
using PacsAiWorker.Training;

namespace PacsAiWorker.Tests.Training;

public sealed class TrainingSetTests
{
    [Fact]
    public void Permuted_labels_keep_the_number_of_each_class_and_its_side()
    {
        var set = new TrainingSet([.. Enumerable.Range(0, 90).Select(i => Item(i, patient: i / 3, label: i / 3 % 2, isTest: i >= 60))], []);
        var permuted = set.Permuted(5);
        Assert.Equal(set.Learning.Sum(i => i.Label), permuted.Learning.Sum(i => i.Label));
        Assert.Equal(set.Test.Sum(i => i.Label), permuted.Test.Sum(i => i.Label));
        Assert.InRange(set.Items.Zip(permuted.Items).Count(p => p.First.Label != p.Second.Label), 20, 70);
        Assert.All(permuted.Items.GroupBy(i => i.Patient), g => Assert.Single(g.Select(i => i.Label).Distinct()));
        Assert.Equal(permuted.Items.Select(i => i.Label), set.Permuted(5).Items.Select(i => i.Label));
    }

    [Fact]
    public void Where_every_patient_has_every_label_in_one_order_nothing_of_the_order_is_left()
    {
        var set = new TrainingSet([.. Enumerable.Range(0, 330).Select(i => Item(i, patient: i / 11, label: i % 11, isTest: false))], []);
        Assert.InRange(set.Items.Zip(set.Permuted(5).Items).Count(p => p.First.Label == p.Second.Label), 10, 60);
    }

    [Fact]
    public void A_finding_names_patients_by_number_alone()
    {
        TrainingItem[] items = [Item(1, 1, 0, false), Item(2, 1, 0, false), Item(3, 2, 1, false)];
        var finding = Assert.Single(LeakageReport.Of(items, [0, 1, 1], SplitUnit.Patient), f => f.What.StartsWith("patients are", StringComparison.Ordinal));
        Assert.Equal((true, 1), (finding.Fails, finding.Count));
        Assert.Equal(["P0001"], finding.Examples);
    }

    [Fact]
    public void Equal_pixels_of_two_patients_are_found_and_named_by_line()
    {
        TrainingItem[] items = [Item(1, 1, 0, false, pixels: 9), Item(2, 2, 0, false, pixels: 9), Item(3, 3, 1, true)];
        var finding = Assert.Single(LeakageReport.Of(items, [0, 1, -1], SplitUnit.Patient), f => f.Fails);
        Assert.Equal(["I0001 / I0002"], finding.Examples);
    }

    [Fact]
    public void A_split_by_image_is_a_finding_by_itself() =>
        Assert.Contains(LeakageReport.Of([Item(1, 1, 0, false)], [0], SplitUnit.Image), f => f.What.Contains("by image", StringComparison.Ordinal));

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(0, -1, true)]
    public void A_split_by_study_may_part_a_patient_among_folds_and_never_between_training_and_test(int first, int second, bool fails)
    {
        var items = new[] { Item(1, 1, 0, false), Item(2, 1, 1, second < 0) with { Study = "S0002" } };
        Assert.Equal(fails, Assert.Single(LeakageReport.Of(items, [first, second], SplitUnit.Study), f => f.What.StartsWith("patients are", StringComparison.Ordinal)).Fails);
        Assert.True(Assert.Single(LeakageReport.Of(items, [first, second], SplitUnit.Patient), f => f.What.StartsWith("patients are", StringComparison.Ordinal)).Fails);
    }

    [Theory]
    [InlineData("GE Healthcare", "GE")]
    [InlineData("Philips Medical Systems", "Philips")]
    [InlineData("Doe^Jane", "other")]
    [InlineData(null, "unknown")]
    public void A_makers_name_is_compared_and_never_repeated(string? header, string expected) => Assert.Equal(expected, ScannerMaker.Of(header));

    private static TrainingItem Item(int line, int patient, int label, bool isTest, int? pixels = null) => new(
        new TrainingRow(line, $"{line}.dcm", label, $"Doe^{patient}", $"visit {patient}", IsTest: isTest), label, new ImageHeader(null, null, $"1.2.{line}", "Maker", true),
        new TrainingImage($"{line:x64}", $"{pixels ?? 1000 + line:x64}", (ulong)line << (line % 50), CropSource.Region, [[1, 2]]), $"P{patient:0000}", $"S{patient:0000}", $"P{patient:0000}");
}
