using System.Text;

namespace PacsAiWorker.Inference.Networks.Surgery;

/// <summary>Names in a graph; whole, because two long names may differ in their last letter only.</summary>
internal static class GraphText
{
    public static string Of(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
