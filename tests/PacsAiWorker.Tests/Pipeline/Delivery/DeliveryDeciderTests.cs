using System.Net;
using PacsAiWorker.Pipeline.Delivery;

namespace PacsAiWorker.Tests.Pipeline.Delivery;

public sealed class DeliveryDeciderTests
{
    [Theory]
    [InlineData(0x0000, DeliveryStep.Stored)]
    [InlineData(0xB000, DeliveryStep.Stored)]
    [InlineData(0xB006, DeliveryStep.Stored)]
    [InlineData(0xB007, DeliveryStep.Stored)]
    [InlineData(0x0111, DeliveryStep.Stored)]
    [InlineData(0x0110, DeliveryStep.Again)]
    [InlineData(0xA700, DeliveryStep.Again)]
    [InlineData(0xA7FF, DeliveryStep.Again)]
    [InlineData(0xA900, DeliveryStep.Refused)]
    [InlineData(0xA9FF, DeliveryStep.Refused)]
    [InlineData(0xC000, DeliveryStep.Refused)]
    [InlineData(0xCFFF, DeliveryStep.Refused)]
    [InlineData(0x0122, DeliveryStep.Refused)]
    [InlineData(0x0124, DeliveryStep.Refused)]
    public void Each_status_has_one_meaning(int status, DeliveryStep step) => Assert.Equal(step, DeliveryDecider.Decide((ushort)status, 1));

    [Fact]
    public void A_status_nobody_knows_is_tried_three_times()
    {
        Assert.Equal(DeliveryStep.Again, DeliveryDecider.Decide(0x0999, 1));
        Assert.Equal(DeliveryStep.Again, DeliveryDecider.Decide(0x0999, 2));
        Assert.Equal(DeliveryStep.Refused, DeliveryDecider.Decide(0x0999, 3));
    }

    [Fact]
    public void A_demonstration_result_never_leaves_this_machine()
    {
        Assert.True(DeliveryDecider.MayGo(true, [IPAddress.Loopback, IPAddress.IPv6Loopback]));
        Assert.False(DeliveryDecider.MayGo(true, [IPAddress.Loopback, IPAddress.Parse("10.0.0.1")]));
        Assert.False(DeliveryDecider.MayGo(true, []));
        Assert.True(DeliveryDecider.MayGo(false, [IPAddress.Parse("10.0.0.1")]));
    }
}
