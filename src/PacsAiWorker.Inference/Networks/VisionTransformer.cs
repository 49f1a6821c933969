namespace PacsAiWorker.Inference.Networks;

/// <summary>Sizes of a vision transformer.</summary>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Width">Values of a token; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Depth">Encoder layers.</param>
/// <param name="Heads">Attention heads of a layer.</param>
/// <param name="Hidden">Values between the two linear layers of the perceptron.</param>
internal sealed record TransformerSizes(long Patch, long Width, int Depth, long Heads, long Hidden)
{
    /// <summary>ViT-B/16.</summary>
    public static TransformerSizes Base16 { get; } = new(Patch: 16, Width: 768, Depth: 12, Heads: 12, Hidden: 3072);
}

/// <summary>
/// ViT-B/16 (Dosovitskiy et al., "An image is worth 16×16 words", 2020): patches as tokens, a class token before them, learned positions,
/// normalisation before attention and perceptron, exact GELU; dropout is left out. Layers are named as in torchvision; the matrices of the
/// encoder stand as [inputs, outputs]. Features are the class token after the last normalisation.
/// </summary>
internal static class VisionTransformer
{
    private const double EmbeddingDeviation = 0.02;

    public static void BuildBase16(Layers net, long classes) => Build(net, classes, TransformerSizes.Base16);

    /// <exception cref="ArgumentException">The input is not a whole number of patches.</exception>
    public static void Build(Layers net, long classes, TransformerSizes sizes)
    {
        var side = net.Input.Shape[1] / sizes.Patch;
        if (side == 0 || side * sizes.Patch != net.Input.Shape[1])
            throw new ArgumentException($"an input of {net.Input.Shape[1]} pixels is not a whole number of patches of {sizes.Patch}: take a multiple of {sizes.Patch}");
        var x = Tokens(net, sizes, side * side);
        for (var i = 0; i < sizes.Depth; i++)
        {
            var name = $"encoder.layers.encoder_layer_{i}";
            x = net.Add(x, Attention(net, Normalise(net, x, name + ".ln_1"), name + ".self_attention", sizes), name + ".add_1");
            x = net.Add(x, Perceptron(net, Normalise(net, x, name + ".ln_2"), name + ".mlp", sizes.Hidden), name + ".add_2");
        }
        if (net.Wants(NetworkOutputNames.Activation))
            net.Activation(PatchMaps(net, x, side));

        x = Normalise(net, x, "encoder.ln");
        net.Graph.Constants("class_position", 0);
        var token = net.Node("Gather", [x.Name, "class_position"], "class_token_out", [1, sizes.Width], ("axis", 1L));
        net.Head(net.Features(net.Flatten(token, "representation")), "heads.head", classes);
    }

    /// <summary>[1 + patches, width]: the class token, then the patches row by row; positions added.</summary>
    private static LayerOutput Tokens(Layers net, TransformerSizes sizes, long patches)
    {
        var width = sizes.Width;
        var maps = net.Convolution(net.Input, "conv_proj", width, sizes.Patch, stride: sizes.Patch);
        net.Graph.Constants("rows_shape", 0, width, -1).Constants("one_token", 1, width)
            .Node("Shape", [maps.Name], ["batch"], ("start", 0L), ("end", 1L))
            .Node("Concat", ["batch", "one_token"], ["class_shape"], ("axis", 0L));
        var rows = net.Node("Reshape", [maps.Name, "rows_shape"], "rows", [width, patches]);
        var patch = net.Node("Transpose", [rows.Name], "patches", [patches, width], ("perm", new long[] { 0, 2, 1 }));
        var start = net.Parameter(net.Normal("class_token", EmbeddingDeviation), 1, 1, width);
        var first = net.Node("Expand", [start, "class_shape"], "class_tokens", [1, width]);
        var all = net.Concat(first, patch, "tokens");
        var positions = net.Parameter(net.Normal("encoder.pos_embedding", EmbeddingDeviation), 1, 1 + patches, width);
        return net.Node("Add", [all.Name, positions], "embedding", all.Shape);
    }

    /// <summary>[tokens, width] to the same: softmax(q · kᵀ / √(values of a head)) · v for each head, then a linear layer.</summary>
    private static LayerOutput Attention(Layers net, LayerOutput x, string name, TransformerSizes sizes)
    {
        long tokens = x.Shape[0], width = sizes.Width, heads = sizes.Heads, each = width / heads;
        var all = Project(net, x, name + ".in_proj", 3 * width);
        net.Graph.Constants(name + ".thirds", width, width, width).Constants(name + ".split", 0, 0, heads, each).Constants(name + ".join", 0, 0, width)
            .Weights(name + ".scale", [(float)(1 / Math.Sqrt(each))])
            .Node("Split", [all.Name, name + ".thirds"], [name + ".q", name + ".k", name + ".v"], ("axis", 2L));
        LayerOutput ByHead(string part, long[] shape, params long[] order)
        {
            var split = net.Node("Reshape", [net.Made(part, tokens, width).Name, name + ".split"], part + ".split", [tokens, heads, each]);
            return net.Node("Transpose", [split.Name], part + ".heads", shape, ("perm", order));
        }
        var q = ByHead(name + ".q", [heads, tokens, each], 0, 2, 1, 3);
        var k = ByHead(name + ".k", [heads, each, tokens], 0, 2, 3, 1);
        var v = ByHead(name + ".v", [heads, tokens, each], 0, 2, 1, 3);
        var scaled = net.Node("Mul", [q.Name, name + ".scale"], name + ".q.scaled", q.Shape);
        var match = net.Node("MatMul", [scaled.Name, k.Name], name + ".match", [heads, tokens, tokens]);
        var share = net.Node("Softmax", [match.Name], name + ".share", match.Shape, ("axis", -1L));
        var mixed = net.Node("MatMul", [share.Name, v.Name], name + ".mixed", v.Shape);
        var order = net.Node("Transpose", [mixed.Name], name + ".mixed.tokens", [tokens, heads, each], ("perm", new long[] { 0, 2, 1, 3 }));
        var joined = net.Node("Reshape", [order.Name, name + ".join"], name + ".joined", [tokens, width]);
        return Project(net, joined, name + ".out_proj", width);
    }

    /// <summary>[tokens, width] to the same: linear, GELU (x / 2 · (1 + erf(x / √2))), linear.</summary>
    private static LayerOutput Perceptron(Layers net, LayerOutput x, string name, long hidden)
    {
        var y = Project(net, x, name + ".0", hidden);
        net.Graph.Weights(name + ".root2", [1.41421356f]).Weights(name + ".one", [1f]).Weights(name + ".half", [0.5f]);
        var ratio = net.Node("Div", [y.Name, name + ".root2"], name + ".ratio", y.Shape);
        var erf = net.Node("Erf", [ratio.Name], name + ".erf", y.Shape);
        var raised = net.Node("Add", [erf.Name, name + ".one"], name + ".raised", y.Shape);
        var product = net.Node("Mul", [y.Name, raised.Name], name + ".product", y.Shape);
        var gelu = net.Node("Mul", [product.Name, name + ".half"], name + ".1", y.Shape);
        return Project(net, gelu, name + ".3", x.Shape[1]);
    }

    private static LayerOutput Normalise(Layers net, LayerOutput x, string name)
    {
        var width = x.Shape[1];
        string[] inputs = [x.Name, net.Parameter(net.Scale(name + ".weight"), width), net.Parameter(net.Shift(name + ".bias"), width)];
        return net.Node("LayerNormalization", inputs, name, x.Shape, ("axis", -1L), ("epsilon", 1e-6f));
    }

    /// <summary>A linear layer for each token, [tokens, inputs] to [tokens, outputs].</summary>
    private static LayerOutput Project(Layers net, LayerOutput x, string name, long outputs)
    {
        var weight = net.Parameter(net.LinearWeight(name + ".weight", x.Shape[1]), x.Shape[1], outputs);
        var product = net.Node("MatMul", [x.Name, weight], name + ".product", [x.Shape[0], outputs]);
        return net.Node("Add", [product.Name, net.Parameter(net.Shift(name + ".bias"), outputs)], name, product.Shape);
    }

    /// <summary>[1 + side², width] to [width, side, side]: the class token is dropped.</summary>
    private static LayerOutput PatchMaps(Layers net, LayerOutput x, long side)
    {
        var width = x.Shape[1];
        net.Graph.Constants("patch_start", 1).Constants("patch_end", 1 + side * side).Constants("token_axis", 1).Constants("maps_shape", 0, width, side, side);
        var patches = net.Node("Slice", [x.Name, "patch_start", "patch_end", "token_axis"], "patches_out", [side * side, width]);
        var columns = net.Node("Transpose", [patches.Name], "columns_out", [width, side * side], ("perm", new long[] { 0, 2, 1 }));
        return net.Node("Reshape", [columns.Name, "maps_shape"], "maps_out", [width, side, side]);
    }
}
