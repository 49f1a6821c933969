using PacsAiWorker.Benchmarks.Receive;

namespace PacsAiWorker.Tests.Benchmarks;

public sealed class ReceiveOptionsTests
{
    [Fact]
    public void Options_follow_the_name_of_the_benchmark()
    {
        var options = ReceiveOptions.Parse(["--reps", "2", "--cells", "grey:1,rgb:4", "--only", "worker,window", "--instances", "60", "--window", "8"]);
        Assert.Equal((2, 60, 8), (options.Repetitions, options.Instances, options.Window));
        Assert.Equal([new Cell("grey", 1), new Cell("rgb", 4)], options.Cells);
        Assert.True(options.Includes("window"));
        Assert.False(options.Includes("orthanc-nd"));
    }

    [Theory]
    [InlineData("--reps")]
    [InlineData("--reps", "0")]
    [InlineData("--window", "65")]
    [InlineData("--cells", "gray:1")]
    [InlineData("--cells", "grey:0")]
    [InlineData("--cells", "grey")]
    [InlineData("--speed", "1")]
    public void What_cannot_be_meant_is_refused(params string[] words) => Assert.Throws<FormatException>(() => ReceiveOptions.Parse(words));

    [Theory]
    [InlineData("grey:1", 600)]
    [InlineData("rgb:4", 150)]
    [InlineData("clip:1", 4)]
    [InlineData("clip:16", 16)]
    public void Small_instances_are_sent_more_often_than_big_ones(string cell, int instances) => Assert.Equal(instances, Cell.Parse(cell).Instances(150));
}
