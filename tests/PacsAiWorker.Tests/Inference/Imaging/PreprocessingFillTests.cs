using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Resampling;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class PreprocessingFillTests
{
    private static readonly double[] Mean = [0.485, 0.456, 0.406], Std = [0.229, 0.224, 0.225];

    /// <summary>Digests from before there were vectors: a stored score can still be recomputed.</summary>
    [Theory]
    [InlineData(64, 48, 1, ColourRule.Gray, Interpolation.Bilinear, true, 20, 20, "148faf620e870f066404ee0ff1d654d2c38752ccd69f92c2b012677158dc755e")]
    [InlineData(64, 48, 3, ColourRule.Rgb, Interpolation.Bilinear, true, 21, 13, "7bca3b56b7f73869314fdbd1fbc7fc666174aa3264d12f275eab46acd9be3e13")]
    [InlineData(64, 48, 3, ColourRule.Gray, Interpolation.Bilinear, false, 100, 90, "8080994505dea386fb672bf0ed5b6cd71c77ef7cd4d35e47754f03302399ce99")]
    [InlineData(63, 47, 1, ColourRule.GrayReplicate, Interpolation.Nearest, false, 20, 31, "ae96f6ab8868e931b6c5d9c6af6cf8ba59a7050516df4f36ef51fe313a5be8f2")]
    public void The_first_rules_give_the_bits_that_they_always_gave(
        int width, int height, int channels, ColourRule colour, Interpolation interpolation, bool antialias, int w, int h, string digest)
    {
        var pixels = new byte[width * height * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * i * 7919 + i * 31 >> 3);
        var isGrey = colour == ColourRule.Gray;
        var rule = new PreprocessingRule(colour, w, h, interpolation, antialias, 1 / 255.0, isGrey ? [0.45] : Mean, isGrey ? [0.226] : Std);
        var tensor = Preprocessing.ToTensor(new RasterImage(width, height, channels, pixels), new Crop(1, 2, width - 2, height - 1, CropSource.Full), rule);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(tensor))));
    }

    [Fact]
    public void Nothing_is_allocated_once_sizes_were_seen()
    {
        var random = new Random(1);
        var scratch = new PreprocessingScratch();
        RasterImage[] images = [PreprocessingReference.Noise(random, 200, 150, 1), PreprocessingReference.Noise(random, 200, 150, 3)];
        Crop[] crops = [new(0, 0, 199, 149, CropSource.Full), new(10, 20, 160, 120, CropSource.Region)];
        var rules = Rules();
        var tensor = new float[3 * 64 * 64];
        All();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 5; i++)
            All();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void All()
        {
            foreach (var rule in rules)
                foreach (var image in images)
                    foreach (var crop in crops)
                        Preprocessing.Fill(image, crop, rule, tensor.AsSpan(0, rule.Length), scratch);
        }
    }

    [Fact]
    public void More_sizes_than_are_remembered_come_to_rest_without_allocation_too()
    {
        var scratch = new PreprocessingScratch();
        var image = PreprocessingReference.Noise(new Random(2), 160, 120, 1);
        var rule = Rules()[0];
        Crop[] crops = [.. Enumerable.Range(0, 50).Select(i => new Crop(0, 0, 100 + i, 60 + i, CropSource.Region))];
        var tensor = new float[rule.Length];
        All(8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        All(4);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(TapCache.Most, scratch.Taps.Count);

        void All(int times)
        {
            for (var i = 0; i < times; i++)
                foreach (var crop in crops)
                    Preprocessing.Fill(image, crop, rule, tensor, scratch);
        }
    }

    [Fact]
    public void What_was_scored_before_leaves_no_trace()
    {
        var random = new Random(4);
        var used = new PreprocessingScratch();
        var rules = Rules();
        for (var i = 0; i < 200; i++)
        {
            int width = random.Next(1, 90), height = random.Next(1, 90);
            var image = PreprocessingReference.Noise(random, width, height, random.Next(2) * 2 + 1);
            var crop = new Crop(0, 0, width - 1, height - 1, CropSource.Full);
            var rule = rules[random.Next(rules.Length)];
            var tensor = new float[rule.Length];
            tensor.AsSpan().Fill(float.NaN);
            Preprocessing.Fill(image, crop, rule, tensor, used);
            Assert.Equal(Preprocessing.ToTensor(image, crop, rule), tensor);
        }
    }

    [Fact]
    public void A_place_of_another_length_is_an_error()
    {
        var e = Assert.Throws<ArgumentException>(() => Preprocessing.Fill(
            PreprocessingReference.Noise(new Random(1), 9, 9, 1), new Crop(0, 0, 8, 8, CropSource.Full), Rules()[0], new float[5], new PreprocessingScratch()));
        Assert.Contains("the destination holds 5 values, the rule makes 4096", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Grey first, then colour, in every interpolation, mode and layout.</summary>
    private static PreprocessingRule[] Rules()
    {
        var grey = new PreprocessingRule(ColourRule.Gray, 64, 64, Interpolation.Bilinear, true, 1 / 255.0, [0.45], [0.226]);
        var colour = new PreprocessingRule(ColourRule.Rgb, 64, 48, Interpolation.Bilinear, true, 1 / 255.0, Mean, Std);
        return
        [
            grey, colour, grey with { Interpolation = Interpolation.Bicubic }, colour with { Interpolation = Interpolation.Bicubic, Colour = ColourRule.Bgr },
            grey with { Interpolation = Interpolation.Nearest, Antialias = false }, colour with { Interpolation = Interpolation.Area, Layout = TensorLayout.Nhwc },
            colour with { Mode = ResizeMode.Letterbox, Pad = 114 }, colour with { Mode = ResizeMode.ShortSideCentreCrop, ShortSide = 72, Colour = ColourRule.GrayReplicate },
        ];
    }
}
