using Microsoft.Extensions.Logging.Abstractions;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class ReceiverServiceTests
{
    [Fact]
    public async Task Images_of_a_version_that_kept_files_are_not_overlooked()
    {
        await using var line = await ReceivingLine.StartAsync();
        Directory.CreateDirectory(Path.Combine(line.Root, "7f"));
        await File.WriteAllTextAsync(Path.Combine(line.Root, "7f", "0123456789abcdef0123456789abcdef.dcm"), "an image");
        using var receiver = new ReceiverService(new DicomOptions { Port = 0 }, new SpoolOptions(), line.Log, line.Health, line.Arriving, new CallerDefaults("site", 60), TimeProvider.System, NullLogger<ReceiverService>.Instance);
        var error = await Assert.ThrowsAsync<IOException>(() => receiver.StartAsync(default));
        Assert.Contains("pacs-ai-worker send", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, receiver.Port);
    }
}
