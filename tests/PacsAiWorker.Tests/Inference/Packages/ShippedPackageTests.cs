using PacsAiWorker.Inference.Packages;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.Demo;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Packages;

public sealed class ShippedPackageTests
{
    [Fact]
    public void The_demonstration_package_loads_and_reproduces_its_golden_pair()
    {
        using var registry = ModelRegistry.Load(SourceTree.Path("models"), new RuntimeOptions(Provider: OrtProvider.Cpu), TimeProvider.System);
        Assert.Empty(registry.Current.Refused.Where(r => r.Folder == "demo-phantom").Select(r => r.Why));
        var model = Assert.Single(registry.Current.Models, m => m.Card.Id == "demo-phantom");
        Assert.True(model.Card.Demonstration);
        Assert.Equal(64, model.Identity.Length);
        Assert.StartsWith("ONNX Runtime 1.30.0, CPU", model.Runtime, StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_is_never_called_normal()
    {
        var card = ModelPackage.Load(Path.Combine(SourceTree.Path("models"), "demo-phantom")).Card;
        Assert.All(card.Classes, c => Assert.DoesNotContain("normal", c.Display + c.Meaning, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(card.Evaluation, e => e.Level == "study");
    }
}
