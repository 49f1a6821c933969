using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Explanation;

/// <summary>
/// Score-CAM (Wang et al., "Score-CAM: Score-weighted visual explanations for convolutional neural networks", 2020): each map of the
/// network's feature output, as a mask over the input, gets the weight with which the class' probability rises when nothing else is seen. Needs
/// one run a map, so it never belongs to what a study waits for. One thread at a time; the session stays the caller's.
/// </summary>
public sealed class ScoreCam : IDisposable
{
    /// <summary>Maps that are used when nothing else is said: those that differ most between places.</summary>
    public const int DefaultChannels = 64;

    private const int BatchOnProcessor = 4, BatchOnGpu = 32;
    private const double NoChange = 1e-6;

    private readonly OrtSession _session;
    private readonly OrtCall _call;
    private readonly ModelCard _card;
    private readonly long[] _shape;
    private readonly int _logits, _features;

    /// <param name="session">The network, with the outputs of the classes and the features.</param>
    /// <param name="card">Names them and the input's layout.</param>
    /// <exception cref="ExplanationException">The card names no feature output, or the network has none of that name.</exception>
    public ScoreCam(OrtSession session, ModelCard card)
    {
        var outputs = session.Outputs.Select(o => o.Name).ToList();
        var name = card.FeatureOutput
            ?? throw new ExplanationException($"{card.Id} {card.Version} cannot be explained: its model.yaml names no 'featureOutput', the maps at the end of the network's trunk; model build --from exposes them");
        _features = outputs.IndexOf(name);
        _logits = outputs.IndexOf(card.OutputName);
        if (_features < 0 || _logits < 0)
            throw new ExplanationException($"{card.Id} {card.Version} cannot be explained: its network has no output '{(_features < 0 ? name : card.OutputName)}' (it has {string.Join(", ", outputs)}); correct 'featureOutput' in its model.yaml");
        (_session, _card, _shape) = (session, card, [1, .. card.InputShape.Skip(1)]);
        _call = session.Prepare(_logits);
    }

    private PreprocessingRule Rule => _card.Preprocessing;

    private int Classes => _card.Classes.Count;

    /// <summary>Explains one score.</summary>
    /// <param name="input">The preprocessed picture: one item of the network's input, C order.</param>
    /// <param name="classIndex">The class whose score is explained.</param>
    /// <param name="channels">Most maps to use, those of the largest variance; null: all.</param>
    /// <param name="batch">Masked inputs in one run, which changes nothing but the time; 0: what suits the device.</param>
    /// <param name="cancellation">Looked at before each run.</param>
    /// <exception cref="ExplanationException">The feature output is of no use, or the network gives something that is no number.</exception>
    /// <exception cref="OrtException">A run failed.</exception>
    public ClassMap Explain(ReadOnlySpan<float> input, int classIndex, int? channels = DefaultChannels, int batch = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, Rule.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)classIndex, (uint)Classes);
        if (channels < 1)
            throw new ArgumentOutOfRangeException(nameof(channels), "at least one map is needed");
        var outputs = _session.RunShaped(input, _shape);
        var maps = FeatureMaps.Of(outputs[_features].Values, outputs[_features].Shape, Rule.Width, Rule.Height);
        var baseline = Scores(new float[input.Length], 1, classIndex)[0];
        var chosen = Chosen(maps, channels ?? maps.Count);
        var increases = Increases(input, maps, chosen, classIndex, batch > 0 ? batch : _session.IsOnGpu ? BatchOnGpu : BatchOnProcessor, cancellation).Select(s => s - baseline).ToArray();
        return new ClassMap(classIndex, Rule.Width, Rule.Height, Sum(maps, chosen, increases), Probability(outputs[_logits].Values, classIndex), baseline, maps.Count, chosen.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _call.Dispose();

    /// <summary>Indices of the maps with the largest variance, in their order; those that are the same everywhere mask nothing.</summary>
    private static int[] Chosen(FeatureMaps maps, int most)
    {
        var variances = maps.Variances;
        return [.. Enumerable.Range(0, maps.Count).Where(c => variances[c] > 0).OrderByDescending(c => variances[c]).ThenBy(c => c).Take(most).Order()];
    }

    /// <summary>The class' probability for each masked input.</summary>
    private double[] Increases(ReadOnlySpan<float> input, FeatureMaps maps, int[] chosen, int classIndex, int batch, CancellationToken cancellation)
    {
        var scale = new BilinearScale(maps.Width, maps.Height, Rule.Width, Rule.Height);
        var mask = new double[Rule.Width * Rule.Height];
        var masked = new float[Math.Min(batch, Math.Max(1, chosen.Length)) * input.Length];
        var scores = new double[chosen.Length];
        for (var start = 0; start < chosen.Length; start += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = Math.Min(batch, chosen.Length - start);
            for (var row = 0; row < rows; row++)
            {
                scale.Fill(maps.Map(chosen[start + row]), mask);
                Mask(input, mask, masked.AsSpan(row * input.Length, input.Length));
            }
            Scores(masked.AsSpan(0, rows * input.Length), rows, classIndex).CopyTo(scores.AsSpan(start));
        }
        return scores;
    }

    /// <summary>Input × mask, the mask brought to 0 to 1.</summary>
    private void Mask(ReadOnlySpan<float> input, ReadOnlySpan<double> mask, Span<float> masked)
    {
        double low = double.MaxValue, high = double.MinValue;
        foreach (var v in mask)
            (low, high) = (Math.Min(low, v), Math.Max(high, v));
        var (plane, channels) = (mask.Length, Rule.Channels);
        var factor = high > low ? 1 / (high - low) : 0;
        for (var i = 0; i < input.Length; i++)
            masked[i] = (float)(input[i] * ((mask[Rule.Layout == TensorLayout.Nchw ? i % plane : i / channels] - low) * factor));
    }

    private double[] Scores(ReadOnlySpan<float> inputs, int rows, int classIndex)
    {
        var output = new float[rows * Classes];
        _call.Run(inputs, rows, output);
        return Array.ConvertAll(Enumerable.Range(0, rows).ToArray(), row => Probability(output[(row * Classes)..((row + 1) * Classes)], classIndex));
    }

    private double Probability(float[] values, int classIndex) => Probabilities.From(values, _card)[classIndex] is var probability && double.IsFinite(probability)
        ? probability
        : throw new ExplanationException($"the network gives {string.Join(", ", values)} for a masked input, so its score cannot be explained; export it in float32");

    /// <summary>The maps with the weight of their increase, rectified and brought to 0 to 1.</summary>
    private float[] Sum(FeatureMaps maps, int[] chosen, double[] increases)
    {
        var values = new float[Rule.Width * Rule.Height];
        // A score that no mask changes comes from no place.
        if (increases.All(i => Math.Abs(i) <= NoChange))
            return values;
        var highest = increases.Max();
        var powers = Array.ConvertAll(increases, i => Math.Exp(i - highest));
        var total = powers.Sum();
        var sum = new double[maps.Width * maps.Height];
        for (var k = 0; k < chosen.Length; k++)
        {
            var map = maps.Map(chosen[k]);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += powers[k] / total * map[i];
        }
        var scaled = new double[values.Length];
        new BilinearScale(maps.Width, maps.Height, Rule.Width, Rule.Height).Fill(sum, scaled);
        var rectified = Array.ConvertAll(scaled, v => Math.Max(0, v));
        var (low, high) = (rectified.Min(), rectified.Max());
        return high > low ? Array.ConvertAll(rectified, v => (float)((v - low) / (high - low))) : values;
    }
}
