using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Tests.Pipeline.Receiving;

public sealed class ArrivingStudiesTests
{
    private readonly ArrivingStudies _arriving = new();

    [Fact]
    public void A_study_arrives_until_its_last_association_ended_and_the_log_was_read_after_that()
    {
        _arriving.Move(null, "1.2");
        _arriving.Move(null, "1.2");
        _arriving.Move("1.2", null);
        Assert.Empty(_arriving.Left());
        Assert.True(_arriving.Contains("1.2"));

        _arriving.Move("1.2", null);
        Assert.True(_arriving.Contains("1.2"));
        Assert.Equal(["1.2"], _arriving.Left());
        Assert.Equal(["1.2"], _arriving.Forget(_arriving.Left()));
        Assert.False(_arriving.Contains("1.2"));
        Assert.Empty(_arriving.All());
    }

    [Fact]
    public void An_association_that_goes_on_to_another_study_lets_the_first_go()
    {
        _arriving.Move(null, "1.2");
        _arriving.Move("1.2", "1.2");
        _arriving.Move("1.2", "1.3");
        Assert.Equal(["1.2"], _arriving.Left());
        Assert.Equal(["1.2", "1.3"], _arriving.All().Order());
    }

    [Fact]
    public void A_study_that_somebody_began_to_send_to_again_is_forgotten_and_not_released()
    {
        _arriving.Move(null, "1.2");
        _arriving.Move("1.2", null);
        var left = _arriving.Left();
        _arriving.Move(null, "1.2");
        Assert.Empty(_arriving.Forget(left));
        Assert.True(_arriving.Contains("1.2"));
    }

    [Fact]
    public void What_was_left_after_the_look_stays()
    {
        _arriving.Move(null, "1.2");
        _arriving.Move("1.2", null);
        var left = _arriving.Left();
        _arriving.Move(null, "1.3");
        _arriving.Move("1.3", null);
        Assert.Equal(["1.2"], _arriving.Forget(left));
        Assert.Equal(["1.3"], _arriving.Left());
    }
}
