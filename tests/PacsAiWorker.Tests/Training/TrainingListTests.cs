using PacsAiWorker.Commands;
using PacsAiWorker.Training;

namespace PacsAiWorker.Tests.Training;

public sealed class TrainingListTests : IDisposable
{
    private static readonly string[] Classes = ["no", "yes"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pacsai-").FullName;

    public TrainingListTests()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            File.WriteAllText(Path.Combine(_folder, name), "");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_list_says_what_it_says_and_no_more()
    {
        var list = Csv("label,file,set,patient\nyes,a,test,X\nno,b,train,Y\n");
        Assert.Equal([new TrainingRow(2, Path.Combine(_folder, "a"), 1, "X", IsTest: true), new TrainingRow(3, Path.Combine(_folder, "b"), 0, "Y")], list.Rows);
        Assert.True(list.HasTest);
        Assert.False(Csv("file,label\na,no\n").HasTest);
    }

    [Fact]
    public void A_folder_has_a_folder_for_each_class()
    {
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        foreach (var file in (string[])["yes/2", "yes/deep/1", "no/3"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(data, file))!);
            File.WriteAllText(Path.Combine(data, file), "");
        }

        Assert.Equal([(1, "no/3", 0), (2, "yes/2", 1), (3, "yes/deep/1", 1)], TrainingList.Read(data, Classes).Rows.Select(r => (r.Line, Path.GetRelativePath(data, r.File), r.Label)));
        Directory.CreateDirectory(Path.Combine(data, "maybe"));
        Assert.Contains("\"maybe\" is none of the recipe's classes no, yes", Refused(() => TrainingList.Read(data, Classes)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file\na\n", ":1, column label: is missing; add it")]
    [InlineData("file,label,side\na,no,left\n", ":1, column side: is no column of training data")]
    [InlineData("file,label,label\na,no,no\n", ":1, column label: stands there twice")]
    [InlineData("file,label\na,no\nb,maybe\n", ":3, column label: \"maybe\" is none of the recipe's classes no, yes")]
    [InlineData("file,label\nz,no\n", ":2, column file: there is no file")]
    [InlineData("file,label\na\0b,no\n", ":2, column file: holds a NUL character")]
    [InlineData("file,label\na,no\na,yes\n", ":3, column file: this file stands in line 2 already")]
    [InlineData("file,label,patient\na,no,\n", ":2, column patient: is empty; fill it in")]
    [InlineData("file,label,set\na,no,validation\n", ":2, column set: \"validation\" is neither train nor test")]
    [InlineData("file,label\na\n", ":2: 1 fields, but the header has 2")]
    [InlineData("file,label\n", "there are no images; add a row for each")]
    public void What_is_wrong_is_named_by_line_and_column_with_the_remedy(string text, string expected) =>
        Assert.Contains(expected, Refused(() => Csv(text)), StringComparison.Ordinal);

    [Fact]
    public void A_list_that_is_not_there_is_told() =>
        Assert.Contains("Name a CSV file, or a folder", Refused(() => TrainingList.Read(Path.Combine(_folder, "none.csv"), Classes)), StringComparison.Ordinal);

    private static string Refused(Action read)
    {
        var error = Assert.Throws<CommandException>(read);
        Assert.Equal(ExitCodes.Usage, error.ExitCode);
        return error.Message;
    }

    private TrainingList Csv(string text)
    {
        var path = Path.Combine(_folder, "list.csv");
        File.WriteAllText(path, text);
        return TrainingList.Read(path, Classes);
    }
}
