using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Training.Features;

namespace PacsAiWorker.Tests.Inference.Training.Features;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_kept_is_found_again()
    {
        var image = Image(1, [1.5f, -2, float.Epsilon], [4, 5, 6]);
        using (var cache = FeatureCache.Open(_folder, "network a", 3))
            cache.Add(image);
        using var again = FeatureCache.Open(_folder, "network a", 3);
        var found = again.Find(image.FileSha256)!;
        Assert.Equal((image.PixelSha256, image.DifferenceHash, CropSource.Fallback), (found.PixelSha256, found.DifferenceHash, found.CropSource));
        Assert.Equal(image.Frames.SelectMany(f => f), found.Frames.SelectMany(f => f));
        Assert.Null(again.Find(Image(2, [0, 0, 0]).FileSha256));
    }

    [Fact]
    public void A_file_that_ends_anywhere_keeps_the_whole_records_before_and_takes_new_ones()
    {
        var images = Enumerable.Range(1, 3).Select(i => Image(i, [i, i])).ToArray();
        using (var cache = FeatureCache.Open(_folder, "k", 2))
            foreach (var image in images)
                cache.Add(image);
        var file = Directory.GetFiles(_folder).Single();
        var whole = File.ReadAllBytes(file);
        var record = (whole.Length - Head(whole)) / 3;
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            using (var cache = FeatureCache.Open(_folder, "k", 2))
            {
                Assert.Equal(Math.Max(0, (length - Head(whole)) / record), cache.Count);
                foreach (var image in images)
                    cache.Add(image);
            }
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void A_record_that_was_changed_is_not_believed()
    {
        using (var cache = FeatureCache.Open(_folder, "k", 2))
            cache.Add(Image(1, [1, 2]));
        var file = Directory.GetFiles(_folder).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        using var again = FeatureCache.Open(_folder, "k", 2);
        Assert.Equal(0, again.Count);
    }

    [Fact]
    public void Another_network_has_a_file_of_its_own_and_two_trainings_do_not_share_one()
    {
        using var a = FeatureCache.Open(_folder, "network a", 2);
        using var b = FeatureCache.Open(_folder, "network b", 2);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Assert.Throws<IOException>(() => FeatureCache.Open(_folder, "network a", 2));
    }

    [Fact]
    public void A_record_that_finds_no_room_is_told_apart_from_a_file_that_cannot_be_read()
    {
        using var cache = new FeatureCache(new FullDisk(), 2);
        Assert.Equal("no room", Assert.Throws<FeatureCacheException>(() => cache.Add(Image(1, [1, 2]))).Message);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no room");
    }

    private static int Head(byte[] whole) => 1 + Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').ElementAt(2);

    private static TrainingImage Image(int number, params float[][] frames) =>
        new($"{number:x64}", $"{number + 100:x64}", 0x8000_0000_0000_0001, CropSource.Fallback, frames);
}
