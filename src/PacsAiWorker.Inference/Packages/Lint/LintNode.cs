using PacsAiWorker.Inference.Networks;

namespace PacsAiWorker.Inference.Packages.Lint;

/// <summary>What the rules need to know of a NodeProto.</summary>
internal readonly record struct LintNode
{
    /// <exception cref="FormatException">The bytes are no protobuf.</exception>
    public LintNode(ReadOnlySpan<byte> node)
    {
        var (inputs, outputs) = (0, 0);
        for (var fields = new ProtoReader(node); fields.Next();)
            switch (fields.Field)
            {
                case 1 when inputs++ == 0:
                    Input = NetworkLint.Text(fields.Bytes);
                    break;
                case 1 when inputs == 2:
                    Second = NetworkLint.Text(fields.Bytes);
                    break;
                case 1 when inputs == 3:
                    Third = NetworkLint.Text(fields.Bytes);
                    break;
                case 2 when outputs++ == 0:
                    Output = NetworkLint.Text(fields.Bytes);
                    break;
                case 3:
                    Name = NetworkLint.Text(fields.Bytes);
                    break;
                case 4:
                    Operator = NetworkLint.Text(fields.Bytes);
                    break;
                case 7:
                    Domain = NetworkLint.Text(fields.Bytes);
                    break;
            }
    }

    /// <summary>First, second and third input; empty when absent.</summary>
    public string Input { get; } = "";

    public string Second { get; } = "";

    public string Third { get; } = "";

    /// <summary>First output.</summary>
    public string Output { get; } = "";

    public string Name { get; } = "";

    public string Operator { get; } = "";

    public string Domain { get; } = "";

    /// <summary>For messages: 'name' (Operator).</summary>
    public override string ToString() => $"'{(Name.Length > 0 ? Name : Output)}' ({Operator})";
}
