using System.CommandLine;
using PacsAiWorker.Commands;

namespace PacsAiWorker.Tests.Commands;

public sealed class ModelTrainCommandTests
{
    [Fact]
    public void A_file_in_the_place_of_the_package_is_told_before_anything_is_trained()
    {
        var file = Path.GetTempFileName();
        try
        {
            var error = Assert.Throws<CommandException>(() => ModelCommand.Create().Parse(["train", "--recipe", "none", "--backbone", "none", "--data", "none", "--output", file])
                .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
            Assert.Equal(ExitCodes.Usage, error.ExitCode);
            Assert.Contains("is a file; name a folder that does not exist yet", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
