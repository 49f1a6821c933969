using PacsAiWorker.Commands;
using PacsAiWorker.Dicom.Dimse;

namespace PacsAiWorker.Tests.Commands;

public sealed class SendCommandTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public void Phantoms_may_go_to_this_machine(string host) => SendCommand.RequireLoopback(new PeerAddress("PACS", host, 104));

    [Fact]
    public void Phantoms_to_a_real_peer_are_refused_with_the_way_round()
    {
        var error = Assert.Throws<CommandException>(() => SendCommand.RequireLoopback(new PeerAddress("PACS", "192.0.2.1", 104)));
        Assert.Contains("--to-real-peer", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, error.ExitCode);
    }
}
