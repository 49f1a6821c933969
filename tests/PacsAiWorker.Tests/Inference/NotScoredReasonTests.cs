using PacsAiWorker.Inference;
using Xunit;

namespace PacsAiWorker.Tests.Inference;

public sealed class NotScoredReasonTests
{
    [Fact]
    public void The_words_are_those_of_the_closed_list_in_its_order() =>
        Assert.Equal(
            "codec, corrupt, too small, no usable region, colour or spectral Doppler, M-mode, report screen, burned-in text policy, not "
                + "ultrasound, "
            + "unsupported object, no model applies, age unknown, view unknown, weights not installed, package expired, package suspended, "
            + "package recalled, runtime missing, device unavailable, identity conflict, awaiting",
            string.Join(", ", Enum.GetValues<NotScoredReason>().Select(r => r.Text())));
}
