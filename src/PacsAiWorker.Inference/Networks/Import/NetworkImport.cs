using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PacsAiWorker.Inference.Networks.Surgery;
using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;

namespace PacsAiWorker.Inference.Networks.Import;

/// <summary>A package that was made of an external network.</summary>
/// <param name="Package">What was written.</param>
/// <param name="Input">The external network's name of the picture.</param>
/// <param name="Logits">Its name of what the classes come from.</param>
/// <param name="Features">Its name of what its head sees, and the length; null when the package goes without.</param>
/// <param name="Activation">Its name of the maps for explanations, and their shape; null when the package goes without.</param>
public sealed record ImportedNetwork(ModelPackage Package, string Input, string Logits, string? Features, string? Activation);

/// <summary>
/// Makes a package of a network that was exported elsewhere. Inside the package its parts are called as the recipe calls them; weights and
/// operators stay as they were.
/// </summary>
/// <param name="library">Runs the network, to learn shapes and for the golden pair.</param>
/// <param name="options">Where networks run.</param>
public sealed class NetworkImport(OrtLibrary library, RuntimeOptions options)
{
    private const double Tolerance = 1e-4;
    private const string FeatureKey = "featureOutput";
    private const string FeaturesFlag = "--features", ActivationFlag = "--activation", LogitsFlag = "--logits";

    /// <summary>Imports a network.</summary>
    /// <param name="file">The external .onnx file.</param>
    /// <param name="recipe">Folder with a model.yaml.</param>
    /// <param name="variant">One of the recipe's variants; null: none.</param>
    /// <param name="names">What is not to be found by structure.</param>
    /// <param name="output">Folder of the package, which must not exist or be empty.</param>
    /// <exception cref="PackageException">The recipe, the network or both together do not do; the message names the remedy.</exception>
    /// <exception cref="NetworkFormatException">The file is no network, or lacks a tensor that was named.</exception>
    /// <exception cref="DeviceUnavailableException">The device that is configured cannot be used.</exception>
    public ImportedNetwork Import(string file, string recipe, string? variant, ImportNames names, string output)
    {
        var draft = PackageDraft.From(recipe, variant);
        var card = draft.Card;
        var network = OnnxSurgery.Read(file);
        if (network.Constants.FirstOrDefault(c => c.IsExternal) is { } apart)
            throw new PackageException($"{file} keeps the values of '{apart.Name}' in another file; export the network with its weights inside (one file).");
        var input = Input(network, card, names.Input);
        var finder = new PartFinder(network);
        var logits = Logits(network, finder, card, names.Logits);
        var features = Part(names.Features, () => finder.Features(logits), FeaturesFlag, "what its last linear layer reads", finder.LinearInputs(), network);
        var activation = Part(names.Activation, () => finder.Activation(logits), ActivationFlag, "the maps at the end of its trunk", finder.Candidates(), network);

        var shapes = Shapes(network, card, [logits, .. ((string?[])[features, activation]).OfType<string>()]);
        CheckClasses(network, card, logits, shapes[logits]);
        if (features is not null && shapes[features].Length != 2)
            throw Misfit(network, FeaturesFlag, features, shapes[features], "[N, F], one row of numbers a picture", finder.LinearInputs());
        if (activation is not null && !HasPlaces(shapes[activation]))
            throw Misfit(network, ActivationFlag, activation, shapes[activation], "[N, C, h, w], or tokens [N, T, C]", finder.Candidates());
        if (activation is null)
            draft.Remove(FeatureKey);
        else
            draft.Set(FeatureKey, NetworkOutputNames.Activation);
        if (WeightsLimit(network) is { } limit)
        {
            draft.Set("demonstration", "true");
            draft.Set("limits", JsonSerializer.Serialize((string[])[.. card.Limits, limit]));
        }
        var final = Renamed(network, card, input, logits, features, activation, shapes);
        var package = Write(draft, final, file, output, input, logits);
        return new ImportedNetwork(package, input, logits, Described(features, shapes), Described(activation, shapes));
    }

    private static string? Described(string? tensor, Dictionary<string, long[]> shapes) =>
        tensor is null ? null : $"{tensor} [N, {string.Join(", ", shapes[tensor].Skip(1))}]";

    /// <summary>
    /// What keeps a network with random weights from patients; null for others. A head that was trained on a random backbone stands in a
    /// package whose card knows its data; the bare file has lost them, so it counts as random too.
    /// </summary>
    private static string? WeightsLimit(OnnxSurgery network) =>
        network.Metadata.GetValueOrDefault(RandomNetwork.WeightsKey) is not { } weights ? null
        : weights.StartsWith(RandomNetwork.Random, StringComparison.OrdinalIgnoreCase) ? "Random weights: it knows nothing; scores phantoms only."
        : weights.Contains(RandomNetwork.Random, StringComparison.OrdinalIgnoreCase) ? "Random backbone, imported without the data of its head; scores phantoms only."
        : null;

    private static bool HasPlaces(long[] shape) => shape is [_, _, > 1, > 1] || (shape is [_, var tokens, > 1] && tokens > 3);

    private static string Input(OnnxSurgery network, ModelCard card, string? named)
    {
        var inputs = network.Inputs;
        if (named is not null && inputs.All(i => i.Name != named))
            throw new PackageException($"{network.File} has no input '{named}'; its inputs are {Listed(inputs)}.");
        if (inputs.Count != 1)
            throw new PackageException($"{network.File} has {inputs.Count} inputs ({Listed(inputs)}); a package's network takes one picture: export it without the others.");
        var input = inputs[0];
        if (input.ElementType != OnnxFields.Float)
            throw new PackageException($"{network.File} takes {(input.ElementType == 10 ? "float16" : $"element type {input.ElementType}")} in '{input.Name}'; export it with a float32 input, its weights may stay float16.");
        if (input.Dims is [> 0, ..])
            throw new PackageException($"{network.File} takes batches of {input.Dims[0]} only ({input}); export it with an open batch dimension (torch.onnx.export: dynamic_axes={{'{input.Name}': {{0: 'N'}}}}).");
        return input.Dims.Count == 0 || (input.Dims.Count == card.InputShape.Length && input.Dims.Zip(card.InputShape).All(d => d.First < 0 || d.First == d.Second))
            ? input.Name
            : throw new PackageException($"{network.File} takes {input} but the recipe says [{string.Join(", ", card.InputShape)}]; correct 'input', 'resize' and 'colour' of the recipe, or export the network for that size.");
    }

    private static string Logits(OnnxSurgery network, PartFinder finder, ModelCard card, string? named)
    {
        var outputs = network.Outputs;
        var found = named;
        if (found is null)
        {
            var fitting = outputs.Where(o => o.Dims.Count == 0 || (o.Dims.Count == 2 && (o.Dims[1] < 0 || o.Dims[1] == card.Classes.Count))).ToList();
            found = fitting switch
            {
                [var one] => one.Name,
                [] when outputs.Where(o => o.Dims.Count == 2).ToList() is [{ } other] => throw OtherCount(network, card, other.Name, other.Dims[1]),
                [] => throw new PackageException($"{network.File} has no output [N, {card.Classes.Count}]; its outputs are {Listed(outputs)}. Name the tensor of the classes with {LogitsFlag}."),
                _ when fitting.Where(o => finder.Squashes(o.Name) is null == card.Activation is not Activation.None).ToList() is [var one] => one.Name,
                _ when fitting.Where(o => o.Name.Contains(NetworkOutputNames.Logits, StringComparison.OrdinalIgnoreCase)).ToList() is [var one] => one.Name,
                _ => throw new PackageException($"{network.File} has more than one output that may hold the classes: {Listed(fitting)}. Name it with {LogitsFlag}."),
            };
        }
        else if (!network.Nodes.Any(n => n.Outputs.Contains(found)))
            throw new PackageException($"{network.File} has no tensor '{found}' ({LogitsFlag}); its outputs are {Listed(outputs)}.");
        if (card.Activation != Activation.None && finder.Squashes(found) is { } squash)
            throw new PackageException($"{network.File} already makes probabilities: '{found}' comes from {squash.Node}, and the recipe says 'activation: {card.Activation.ToString().ToLowerInvariant()}', which would be done twice; "
                + $"take its input with {LogitsFlag} {squash.Reads}, or set 'activation: none' in the recipe.");
        return found;
    }

    /// <summary>A part that may be missing, but not in silence.</summary>
    private static string? Part(string? named, Func<string?> find, string flag, string what, IReadOnlyList<string> candidates, OnnxSurgery network)
    {
        if (named == ImportNames.None)
            return null;
        if (named is not null && !network.Nodes.Any(n => n.Outputs.Contains(named)))
            throw new PackageException($"{network.File} has no tensor '{named}' ({flag}); candidates are {Named(candidates)}.");
        return named ?? find()
            ?? throw new PackageException($"{network.File}: {what} cannot be told from its structure. Name it with {flag}: candidates are {Named(candidates)}; or go without by {flag} {ImportNames.None}.");
    }

    private static void CheckClasses(OnnxSurgery network, ModelCard card, string logits, long[] shape)
    {
        if (shape.Length != 2)
            throw new PackageException($"{network.File}: '{logits}' has the shape [{string.Join(", ", shape)}]; the classes need [N, {card.Classes.Count}]. Name their tensor with {LogitsFlag}.");
        if (shape[1] != card.Classes.Count)
            throw OtherCount(network, card, logits, shape[1]);
    }

    private static PackageException OtherCount(OnnxSurgery network, ModelCard card, string logits, long count) =>
        new($"{network.File} gives {count} values in '{logits}' but the recipe lists {card.Classes.Count} classes ({string.Join(", ", card.Classes.Select(c => c.Id))}); "
            + $"take the recipe or variant that lists {count}, in the network's order, or put a new head on the network with model train.");

    private static PackageException Misfit(OnnxSurgery network, string flag, string tensor, long[] shape, string wanted, IReadOnlyList<string> candidates) =>
        new($"{network.File}: '{tensor}' has the shape [{string.Join(", ", shape)}] for one picture; {flag} needs {wanted}. Name another: candidates are {Named(candidates)}; or go without by {flag} {ImportNames.None}.");

    /// <summary>What shapes the tensors have for one picture; for two they must have twice as much.</summary>
    private Dictionary<string, long[]> Shapes(OnnxSurgery network, ModelCard card, IReadOnlyList<string> tensors)
    {
        var probe = network.Copy();
        probe.ExposeUnshaped(tensors);
        var picture = Picture(card);
        try
        {
            using var session = OrtSession.Create(library, probe.ToBytes(), new OrtSessionSettings());
            long[] dims = [1, .. card.InputShape.Skip(1)];
            var one = session.RunShaped(picture, dims);
            dims[0] = 2;
            var two = session.RunShaped([.. picture, .. picture], dims);
            var shapes = new Dictionary<string, long[]>();
            foreach (var (output, index) in session.Outputs.Select((o, i) => (o.Name, i)).Where(o => tensors.Contains(o.Name)))
                shapes[output] = one[index].Shape is [1, ..] shape && two[index].Shape is [2, ..] twice && shape.Skip(1).SequenceEqual(twice.Skip(1))
                    ? shape
                    : throw new PackageException($"{network.File}: '{output}' has the shape [{string.Join(", ", one[index].Shape)}] for one picture and [{string.Join(", ", two[index].Shape)}] for two; "
                        + "the batch must come first and stay open: export the network so, or name another tensor.");
            return shapes;
        }
        catch (OrtException error)
        {
            throw new PackageException($"{network.File} does not run on [N, {string.Join(", ", card.InputShape.Skip(1))}]: {error.Message}; export it with an open batch dimension for this size, float32 in and out.", error);
        }
    }

    /// <summary>The network with the recipe's names and shapes stated.</summary>
    private static OnnxSurgery Renamed(OnnxSurgery network, ModelCard card, string input, string logits, string? features, string? activation, Dictionary<string, long[]> shapes)
    {
        List<(string Tensor, string Name, IReadOnlyList<long> Dims)> outputs = [];
        foreach (var (tensor, name) in ((string?, string)[])[(logits, card.OutputName), (activation, NetworkOutputNames.Activation), (features, NetworkOutputNames.Features)])
            if (tensor is not null)
                outputs.Add((tensor, name, [-1, .. shapes[tensor].Skip(1)]));
        foreach (var (tensor, name) in outputs.Select(o => (o.Tensor, o.Name)).Append((input, card.InputName)))
            if (tensor != name && network.Knows(name))
                throw new PackageException($"{network.File} calls another tensor '{name}', as the package is to call '{tensor}'; rename one of them when exporting, or change 'input.name' or 'outputs.name' of the recipe.");
        network.RestateInput(input, card.InputName, card.InputShape);
        network.RestateOutputs(outputs);
        return network;
    }

    private ModelPackage Write(PackageDraft draft, OnnxSurgery network, string file, string output, string input, string logits)
    {
        var temporary = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + ".network.part";
        try
        {
            using (var to = File.Create(temporary))
                network.Write(to);
            var picture = Picture(draft.Card);
            var expected = Golden(temporary, draft.Card, picture);
            draft.Golden(picture, expected, Tolerance * Math.Max(1, expected.Max(Math.Abs)));
            draft.Add("README.md", Encoding.UTF8.GetBytes(Readme(draft.Card, file, input, logits)));
            var package = draft.Write(output, temporary);
            try
            {
                LoadedModel.Load(package, library, options, new CheckList(TimeProvider.System)).Dispose();
            }
            catch
            {
                Directory.Delete(package.Folder, recursive: true); // what does not load is no package
                throw;
            }
            return package;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"{output} cannot be written: {error.Message}; name a folder whose parent is there, may be written and has room.", error);
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    private float[] Golden(string file, ModelCard card, float[] picture)
    {
        using var session = OrtSession.Create(library, File.ReadAllBytes(file), new OrtSessionSettings());
        var output = session.Outputs.Select(o => o.Name).ToList().IndexOf(card.OutputName);
        return session.Run(picture, [1, .. card.InputShape.Skip(1)])[output];
    }

    /// <summary>Where a network came from, in words; the digest is that of the file as it was given.</summary>
    private static string Readme(ModelCard card, string file, string input, string logits)
    {
        using var stream = File.OpenRead(file);
        return $"""
            # {card.Id} {card.Version}

            Made of an external network: {Path.GetFileName(file)}, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(stream))}, whose input '{input}' and output '{logits}'
            are called '{card.InputName}' and '{card.OutputName}' here. Weights and operators are unchanged. The golden pair is a picture of noise and what the
            network gives for it: it proves that the network computes the same, not that it is right. Evaluate the package before you use it.

            """;
    }

    /// <summary>Grey noise through the recipe's scale, mean and std: values as pictures have them, the same each time.</summary>
    private static float[] Picture(ModelCard card)
    {
        var rule = card.Preprocessing;
        var levels = SeededWeights.Take(SeededWeights.Uniform(1, "golden picture", 0, 255), rule.Length);
        var plane = rule.Width * rule.Height;
        for (var i = 0; i < levels.Length; i++)
        {
            var channel = rule.Layout == TensorLayout.Nchw ? i / plane : i % rule.Channels;
            levels[i] = (float)((levels[i] * rule.Scale - rule.Mean[channel]) / rule.Std[channel]);
        }
        return levels;
    }

    private static string Listed(IEnumerable<TensorInfo> tensors) => string.Join(", ", tensors.Select(t => t.ToString()).DefaultIfEmpty("none"));

    private static string Named(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
