using PacsAiWorker.Configuration;
using PacsAiWorker.Health;

namespace PacsAiWorker.Tests.Health;

public sealed class DataFolderLockTests
{
    [Fact]
    public async Task A_second_receiver_on_one_data_folder_is_refused_until_the_first_is_gone()
    {
        var folder = Directory.CreateTempSubdirectory("pacsai-");
        var options = new WorkerOptions { Data = new() { Directory = folder.FullName } };
        using (var first = new DataFolderLock(options))
        using (var second = new DataFolderLock(options))
        {
            await first.StartAsync(default);
            var error = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(default));
            Assert.Contains("another worker receives into", error.Message, StringComparison.Ordinal);
        }

        using (var third = new DataFolderLock(options))
        {
            await third.StartAsync(default);
        }

        folder.Delete(recursive: true);
    }
}
