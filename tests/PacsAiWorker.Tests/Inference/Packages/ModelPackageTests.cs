using PacsAiWorker.Inference.Packages;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class ModelPackageTests : IDisposable
{
    private readonly PackageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("demonstration: true", "demonstration: true\nthreshhold: 1", "p/model.yaml:8: unknown key 'threshhold'; write 'threshold' if that is meant, or remove it.")]
    [InlineData("source: 97 %", "sauce: 97 %", "p/model.yaml:28: key 'threshold.source' is missing; add it, or correct 'threshold.sauce' if that is meant.")]
    [InlineData("minSide: 64", "minSide: 64, mask: fan", "unknown key 'roi.mask'")]
    [InlineData("interpolation: bilinear, ", "", "key 'resize.interpolation' is missing")]
    [InlineData("interpolation: bilinear", "interpolation: cubic", "'resize.interpolation' is 'cubic'; allowed: nearest, bilinear")]
    [InlineData("activation: softmax", "activation: soft", "allowed: softmax, sigmoid, none")]
    [InlineData("id: demo-phantom", "id: Demo Phantom", "p/model.yaml:3: 'id' must be 1 to 64 of a-z, 0-9 and '-'")]
    [InlineData("reviewBy: 2028-11-22", "reviewBy: soon", "must be a date like")]
    [InlineData("mean: [0]", "mean: [0, 0]", "'mean' must hold 1 values")]
    [InlineData("std: [1]", "std: [0]", "'std' must hold 1 values above zero")]
    [InlineData("shape: [-1, 1, 96, 96]", "shape: [-1, 3, 96, 96]", "'input.shape' must be [-1, 1, 96, 96]")]
    [InlineData("code: NOTFLAGGED", "code: NOTFLAGGEDATALLBYTHIS", "longer than 16 characters")]
    [InlineData(", isPositive: true", "", "needs a class with isPositive: true")]
    [InlineData("positive: TP3", "positive: TP0", "allowed: TP1, TP2, TP3, TP4")]
    [InlineData("imageToStudy: max", "imageToStudy: proportion", "'aggregation.proportion' is needed")]
    [InlineData("schema: 1", "schema: 2", "'schema' must be 1")]
    [InlineData("demonstration: true\n", "", "key 'demonstration' is missing; add it.")]
    [InlineData("schema: 1", "schema: [", "is not YAML")]
    [InlineData("schema: 1", "schema: 1\nnetwork: { precision: int4 }", "p/model.yaml:3: 'network.precision' is 'int4'; allowed: float32, float16, int8")]
    [InlineData("not-flagged: 0.", "not-flagged: 1.", "'golden.dicom.scores.not-flagged' must lie between 0 and 1")]
    [InlineData("not-flagged: 0.", "not-flaged: 0.", "key 'golden.dicom.scores.not-flagged' is missing; add it, or correct 'golden.dicom.scores.not-flaged' if that is meant")]
    [InlineData("{ fp32: 0.0001 }", "{ fp23: 0.0001 }", "unknown key 'golden.dicom.tolerance.fp23'")]
    [InlineData("{ fp32: 0.0001 }", "{ fp32: 0.1 }", "'golden.dicom.tolerance.fp32' must lie between 0 and 0.05")]
    [InlineData("{ fp32: 0.0001 }", "{}", "'golden.dicom.tolerance' is empty; state one for each precision")]
    [InlineData("crop: [", "crop: [9, ", "'golden.dicom.crop' must be [first column, first row, last column, last row]")]
    [InlineData("file: golden/phantom.dcm", "file: golden/../golden/phantom.dcm", "p/golden/../golden/phantom.dcm is missing (golden picture); copy the package again")]
    [InlineData("schema: 1", "schema: 1\nnetwork: { domains: [com.example] }", "'network.domains' may list com.microsoft and nothing else")]
    [InlineData("schema: 1", "schema: 1\nnetwork: { controlflow: [If] }", "unknown key 'network.controlflow'; write 'controlFlow' if that is meant")]
    [InlineData("schema: 1", "schema: &one 1\nbytes: *one", "p/model.yaml:3: aliases ('*name') are not read in a card; write the value out")]
    [InlineData("schema: 1", "schema: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "p/model.yaml:2: lists and mappings lie more than 16 deep")]
    public void A_card_that_is_wrong_is_refused_with_its_place_and_what_is_allowed(string find, string replacement, string says) =>
        Assert.Contains(says, Assert.Throws<PackageException>(() => ModelPackage.Load(_folder.Add("p", find, replacement))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_flipped_weight_byte_is_found_by_the_digest_and_both_digests_are_named()
    {
        var folder = _folder.Add("p");
        var network = Path.Combine(folder, "model.onnx");
        var bytes = File.ReadAllBytes(network);
        bytes[^20] ^= 1;
        File.WriteAllBytes(network, bytes);
        var card = File.ReadAllText(Path.Combine(folder, "model.yaml"));
        var expected = card.Split("sha256: ")[1][..12];
        var e = Assert.Throws<PackageException>(() => ModelPackage.Load(folder));
        Assert.Matches($"^p/model.onnx has digest [0-9a-f]{{12}}… but model.yaml says {expected}…; copy the package again", e.Message);
    }

    [Fact]
    public void A_network_of_another_size_is_refused()
    {
        var folder = _folder.Add("p");
        File.AppendAllText(Path.Combine(folder, "model.onnx"), "x");
        Assert.Contains("bytes but model.yaml says", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("golden/input.f32")]
    [InlineData("golden/output.f32")]
    public void A_golden_file_that_is_missing_or_short_is_named(string file)
    {
        var folder = _folder.Add("p");
        File.WriteAllBytes(Path.Combine(folder, file), [1, 2, 3]);
        Assert.Contains(file, Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder, file));
        Assert.Contains(file + " is missing", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_golden_pair_that_holds_no_numbers_is_refused()
    {
        var folder = _folder.Add("p");
        File.WriteAllBytes(Path.Combine(folder, "golden", "output.f32"), [0, 0, 0, 0, 0, 0, 0xC0, 0x7F]);
        Assert.Contains("p/golden/output.f32 holds NaN at value 1", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_in_another_encoding_is_refused_with_its_line()
    {
        var folder = _folder.Add("p");
        File.WriteAllBytes(Path.Combine(folder, "model.yaml"), [.. "schema: 1\nid: "u8, 0xE4, (byte)'\n']);
        Assert.Contains("p/model.yaml:2: is not UTF-8", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_nests_without_end_is_refused_and_not_followed_down()
    {
        var folder = _folder.Add("p");
        File.WriteAllText(Path.Combine(folder, "model.yaml"), new string('[', 200_000));
        Assert.Contains("lie more than 16 deep", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_card_says_what_to_do()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Models, "empty")).FullName;
        Assert.Contains("holds no model.yaml", Assert.Throws<PackageException>(() => ModelPackage.Load(folder)).Message,
            StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<PackageException>(() => ModelPackage.Load(folder + "-not")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Identity_is_the_same_for_the_same_files_and_another_for_any_change()
    {
        var first = ModelPackage.Load(_folder.Add("a")).Identity;
        Assert.Equal(first, ModelPackage.Load(_folder.Add("b")).Identity);
        var touched = _folder.Add("c");
        File.AppendAllText(Path.Combine(touched, "README.md"), " ");
        Assert.NotEqual(first, ModelPackage.Load(touched).Identity);
        var renamed = _folder.Add("d");
        File.Move(Path.Combine(renamed, "README.md"), Path.Combine(renamed, "readme.md"));
        Assert.NotEqual(first, ModelPackage.Load(renamed).Identity);
    }

    [Fact]
    public void Without_a_network_the_card_is_read_and_no_digest_is_needed()
    {
        var folder = _folder.Add("p");
        File.Delete(Path.Combine(folder, "model.onnx"));
        var card = string.Join('\n',
            File.ReadAllLines(Path.Combine(folder, "model.yaml")).Where(l =>
            !l.StartsWith("sha256", StringComparison.Ordinal) && !l.StartsWith("bytes", StringComparison.Ordinal)
            && !l.StartsWith("golden", StringComparison.Ordinal)));
        File.WriteAllText(Path.Combine(folder, "model.yaml"), card);
        var package = ModelPackage.Load(folder);
        Assert.False(package.WeightsInstalled);
        Assert.Null(package.Card.Sha256);
    }
}
