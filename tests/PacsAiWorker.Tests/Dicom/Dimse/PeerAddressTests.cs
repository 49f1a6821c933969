using PacsAiWorker.Dicom.Dimse;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

public class PeerAddressTests
{
    [Theory]
    [InlineData("PACS@host:104", "PACS", "host", 104)]
    [InlineData("MY PACS@10.0.0.1:11112", "MY PACS", "10.0.0.1", 11112)]
    [InlineData("A@[::1]:104", "A", "::1", 104)]
    public void An_address_is_read_and_written_back(string text, string ae, string host, int port)
    {
        Assert.True(PeerAddress.TryParse(text, out PeerAddress? address));
        Assert.Equal(new PeerAddress(ae, host, port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("PACS")]
    [InlineData("PACS@host")]
    [InlineData("@host:104")]
    [InlineData("PACS@:104")]
    [InlineData("PACS@host:0")]
    [InlineData("PACS@host:65536")]
    [InlineData("PACS@host:1x")]
    [InlineData("SEVENTEENLETTERSX@host:104")]
    [InlineData("A\\B@host:104")]
    [InlineData("A@::1:104")]
    public void What_is_no_address_is_refused(string? text) => Assert.False(PeerAddress.TryParse(text, out _));
}
