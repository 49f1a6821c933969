using System.Reflection;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Inference.Training.Features;

/// <summary>
/// From files to features: images are decoded and pre-processed ahead while the network runs, frames of several images fill a run, and each
/// image is kept as soon as it is complete. An image's features do not depend on the images it ran with.
/// </summary>
/// <param name="network">The backbone.</param>
/// <param name="cache">What is known already; is added to.</param>
/// <param name="codecs">Where pictures are decoded.</param>
/// <param name="card">The recipe: crop and pre-processing.</param>
public sealed class FeatureExtractor(FeatureNetwork network, FeatureCache cache, CodecPool codecs, ModelCard card)
{
    private static readonly int Ahead = 2 * Math.Max(2, Environment.ProcessorCount);

    private sealed record Read(TrainingImage? Known, PreparedImage? Prepared, UnusableImage? Why);

    private sealed record Pending(int Index, PreparedImage Image, float[][] Features)
    {
        public int Missing { get; set; } = Features.Length;
    }

    /// <summary>Stands for how this program decodes, gates, crops and chooses frames.</summary>
    private static readonly string Program = typeof(FeatureExtractor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>What decides features: a change of any of it begins a new cache.</summary>
    public static string Key(FeatureNetwork network, ModelCard card) =>
        $"{network.Key}; {card.Preprocessing.Describe()}; region {card.Region} fallback {card.PixelFallback} side {card.MinSidePixels}; program {Program}";

    /// <summary>Extracts the features of files.</summary>
    /// <param name="files">Paths.</param>
    /// <param name="done">Called once for each file.</param>
    /// <param name="cancellation">What is done is kept.</param>
    /// <returns>In the order of the files: the image, or why it cannot be used.</returns>
    /// <exception cref="FeatureCacheException">The cache cannot be written.</exception>
    /// <exception cref="IOException">A file fails.</exception>
    /// <exception cref="DecodingUnavailableException">No decoding process can be started.</exception>
    public IReadOnlyList<(TrainingImage? Image, UnusableImage? Why)> Run(IReadOnlyList<string> files, Action? done, CancellationToken cancellation)
    {
        var results = new (TrainingImage? Image, UnusableImage? Why)[files.Count];
        var reads = new Queue<Task<Read>>();
        var places = new List<(Pending Image, int Frame)>(FeatureNetwork.Rows);
        var next = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            for (var index = 0; index < files.Count; index++)
            {
                for (; next < files.Count && reads.Count < Ahead; next++)
                {
                    var file = files[next];
                    reads.Enqueue(Task.Run(() => ReadOne(file, stop.Token), stop.Token));
                }
                var read = reads.Dequeue().GetAwaiter().GetResult();
                results[index] = (read.Known, read.Why);
                if (read.Prepared is { } prepared)
                    Fill(new Pending(index, prepared, new float[prepared.Frames.Count][]), places, results, done);
                else
                    done?.Invoke();
            }
            Flush(places, results, done);
            return results;
        }
        finally
        {
            stop.Cancel();
            try
            {
                Task.WaitAll([.. reads], CancellationToken.None);
            }
            catch (AggregateException)
            {
                // What ended the run is thrown already; these were only ahead of it.
            }
        }
    }

    private Read ReadOne(string file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var digest = PreparedImage.DigestOf(file);
        lock (cache)
            if (cache.Find(digest) is { } known)
                return new(known, null, null);
        var (image, why) = PreparedImage.Read(file, digest, card, codecs, cancellation);
        return new(null, image, why);
    }

    private void Fill(Pending image, List<(Pending Image, int Frame)> places, (TrainingImage?, UnusableImage?)[] results, Action? done)
    {
        for (var frame = 0; frame < image.Features.Length; frame++)
        {
            image.Image.Frames[frame].CopyTo(network.Input(places.Count));
            places.Add((image, frame));
            if (places.Count == FeatureNetwork.Rows)
                Flush(places, results, done);
        }
    }

    private void Flush(List<(Pending Image, int Frame)> places, (TrainingImage?, UnusableImage?)[] results, Action? done)
    {
        if (places.Count == 0)
            return;
        network.Run(places.Count);
        for (var row = 0; row < places.Count; row++)
        {
            var (pending, frame) = places[row];
            pending.Features[frame] = network.Output(row).ToArray();
            if (--pending.Missing > 0)
                continue;
            var (source, features) = (pending.Image, pending.Features);
            var image = features.All(f => Array.TrueForAll(f, float.IsFinite))
                ? new TrainingImage(source.FileSha256, source.PixelSha256, source.DifferenceHash, source.CropSource, features)
                : null;
            if (image is not null)
                lock (cache)
                    cache.Add(image);
            results[pending.Index] = image is null ? (null, new(NotScoredReason.NoModelApplies, "the backbone gives a value that is not a number")) : (image, null);
            done?.Invoke();
        }
        places.Clear();
    }
}
