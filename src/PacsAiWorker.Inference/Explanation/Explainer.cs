using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Explanation;

/// <summary>An explained score of one image.</summary>
/// <param name="ClassId">The class that is explained.</param>
/// <param name="Frame">0 for a single-frame object, else from 1.</param>
/// <param name="Peak">Column and row of the stored image where the map is highest; null when it is 0 throughout.</param>
/// <param name="Map">The map.</param>
/// <param name="Overlay">The crop with the map over it.</param>
public sealed record ImageExplanation(string ClassId, int Frame, (int X, int Y)? Peak, ClassMap Map, RasterImage Overlay);

/// <summary>
/// Explains scores of one package in a session of its own, beside what scores studies: nothing of it is reached when a study is scored. One
/// thread at a time.
/// </summary>
public sealed class Explainer : IDisposable
{
    private readonly ModelCard _card;
    private readonly OrtSession _session;
    private readonly ScoreCam _cam;

    private Explainer(ModelCard card, OrtSession session, ScoreCam cam) => (_card, _session, _cam) = (card, session, cam);

    /// <summary>Opens the package's network once more.</summary>
    /// <exception cref="ExplanationException">The package names no feature output, or its network has none.</exception>
    /// <exception cref="PackageException">The package was changed since it was loaded.</exception>
    /// <exception cref="DeviceUnavailableException">The device cannot be used.</exception>
    public static Explainer Open(LoadedModel model, RuntimeOptions options)
    {
        var session = model.OpenBeside(OrtLibrary.Load(options.NativeLibraryPath, options.ApplicationFolder), options);
        try
        {
            return new Explainer(model.Card, session, new ScoreCam(session, model.Card));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The class that a person asks about: of those that flag the most probable one; of a router the one that it sees.</summary>
    public static int ClassOf(ModelCard card, IReadOnlyList<double> probabilities) =>
        Enumerable.Range(0, card.Classes.Count).Where(c => card.IsRouter || card.Classes[c].IsPositive).MaxBy(c => probabilities[c]);

    /// <summary>Explains a score.</summary>
    /// <param name="file">The image.</param>
    /// <param name="score">What this package said of one of its frames.</param>
    /// <inheritdoc cref="Explain(FileRange, int, Crop, IReadOnlyList{double}, CodecPool, int?, CancellationToken)"/>
    public ImageExplanation Explain(FileRange file, FrameScore score, CodecPool codecs, int? channels, CancellationToken cancellation) =>
        Explain(file, score.FrameNumber, score.Crop, score.Probabilities, codecs, channels, cancellation);

    /// <summary>Explains a score that was kept.</summary>
    /// <param name="file">The image.</param>
    /// <param name="frameNumber">0 for a single-frame object, else from 1.</param>
    /// <param name="crop">What of the frame was scored.</param>
    /// <param name="probabilities">What this package said of it, one a class.</param>
    /// <param name="codecs">Where pictures are decoded.</param>
    /// <param name="channels">Most maps to use; null: all.</param>
    /// <param name="cancellation">Ends waiting, between two runs.</param>
    /// <exception cref="ExplanationException">The frame is not there any more, or the network is of no use for it.</exception>
    public ImageExplanation Explain(
        FileRange file, int frameNumber, Crop crop, IReadOnlyList<double> probabilities, CodecPool codecs, int? channels, CancellationToken cancellation)
    {
        using var reading = InstanceReading.Of(file, codecs, cancellation);
        var frame = reading.Frames.FirstOrDefault(f => f.Number == frameNumber)
            ?? throw new ExplanationException("the frame that was scored cannot be read again; score the file again");
        var index = ClassOf(_card, probabilities);
        try
        {
            var map = _cam.Explain(Preprocessing.ToTensor(frame.Image, crop, _card.Preprocessing), index, channels, cancellation: cancellation);
            return new ImageExplanation(_card.Classes[index].Id, frame.Number, map.Peak(_card.Preprocessing, crop), map, HeatOverlay.Paint(frame.Image, crop, map.OnCrop(_card.Preprocessing, crop)));
        }
        catch (OrtException error)
        {
            throw new ExplanationException($"{_card.Id} does not run on masked inputs: {error.Message}; export it with an open batch dimension", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cam.Dispose();
        _session.Dispose();
    }
}
