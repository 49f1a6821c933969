using PacsAiWorker.Commands;
using PacsAiWorker.Evaluation;

namespace PacsAiWorker.Tests.Evaluation;

public sealed class PredictionFileTests : IDisposable
{
    private readonly TempCsv csv = new();

    public void Dispose() => csv.Dispose();

    [Fact]
    public void Columns_are_found_by_name_in_any_order()
    {
        var file = csv.Read("fold,score_a,truth,score_b,image,study,patient,manufacturer\n1,0.3,b,0.7,i1,s1,p1,\n2,,a,,i2,s1,p1,Maker\n");
        Assert.Equal(["a", "b"], file.Classes);
        var (first, second) = (file.Rows[0], file.Rows[1]);
        Assert.Equal((2, "s1", "p1", "i1", "b", "1"), (first.Line, first.Study, first.Patient, first.Image, first.Truth, first.Fold));
        Assert.Equal([.3, .7], first.Scores!);
        Assert.Equal(("unknown", "Maker"), (first.Groups["manufacturer"], second.Groups["manufacturer"]));
        Assert.False(second.IsScored);
    }

    [Theory]
    [InlineData("truth,score\n1,0.5\n1,high\n", ":3, column score: \"high\" is no number", "0.93")]
    [InlineData("truth,score\n1,NaN\n", ":2, column score:", "0.93")]
    [InlineData("truth,score_a,score_b\na,0.5,\n", ":2, column score_b: \"\" is no number", "leave all scores of an image empty")]
    [InlineData("truth,score_a,score_b\nc,0.5,0.5\n", ":2, column truth: \"c\" is none of the classes a, b", "add the column score_c")]
    [InlineData("truth,score,mood\n1,0.5,x\n", ":1, column mood: is no column", "leave it out")]
    [InlineData("truth,score,score\n1,0.5,1\n", ":1, column score: stands there twice", "leave one of them out")]
    [InlineData("score\n0.5\n", ":1, column truth: is missing", "add it")]
    [InlineData("truth\n1\n", ":1, column score: is missing", "label")]
    [InlineData("truth,score_a\na,1\n", ":1, column score_a: is the only class", "name it score")]
    [InlineData("truth,score,score_a,score_b\n1,1,1,1\n", ":1, column score: stands beside", "keep one kind")]
    [InlineData("truth,score\n1,0.5,9\n", ":2: 3 fields, but the header has 2", "one for each column")]
    [InlineData("truth,score\n", "there are no rows", "one for each image")]
    [InlineData("truth,score\n,0.5\n", ":2, column truth: is empty", "leave out the row")]
    [InlineData("study,truth,score\ns,1,0.5\n,1,0.5\n", ":3, column study: is empty", "leave the column out")]
    [InlineData("study,image,truth,score\ns,i,1,0.5\nt,i,1,0.5\ns,i,1,0.5\n", ":4, column image: this image stands in line 2 already", "keep one")]
    [InlineData("study,patient,truth,score\ns,p,1,0.5\ns,q,1,0.5\n", ":3, column patient: its study belongs to another patient in line 2", "correct one")]
    public void What_is_wrong_is_told_with_line_column_and_remedy(string text, string where, string remedy)
    {
        var error = Assert.Throws<CommandException>(() => csv.Read(text));
        Assert.StartsWith(csv.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, error.ExitCode);
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains("/nowhere.csv", Assert.Throws<CommandException>(() => PredictionFile.Read("/nowhere.csv")).Message, StringComparison.Ordinal);

    [Fact]
    public void Classes_of_a_reader_are_those_that_occur()
    {
        var file = csv.Read("truth,label\nliver,kidney\nspleen,\n");
        Assert.Equal(["kidney", "liver", "spleen"], file.Classes);
        Assert.Equal([true, false], file.Rows.Select(r => r.IsScored));
    }
}
