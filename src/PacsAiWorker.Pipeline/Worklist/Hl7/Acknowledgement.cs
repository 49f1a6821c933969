namespace PacsAiWorker.Pipeline.Worklist.Hl7;

/// <summary>What a receiver made of a message (MSA-1, HL7 table 0008).</summary>
public enum AcknowledgementCode
{
    /// <summary>AA, and CA of receivers that answer as in enhanced mode: taken.</summary>
    Accept,

    /// <summary>AE, CE: it could not be processed.</summary>
    Error,

    /// <summary>AR, CR: it was refused as it is.</summary>
    Reject,
}

/// <summary>An answer to one message.</summary>
/// <param name="ControlId">MSA-2: the message that it answers.</param>
/// <param name="ErrorCode">ERR-3.1 where it is a number of HL7 table 0357; else empty. The receiver's words are not kept: they may name a patient.</param>
public sealed record Acknowledgement(AcknowledgementCode Code, string ControlId, string ErrorCode)
{
    /// <summary>"AA", "AE (207)".</summary>
    public override string ToString() => Letters(Code) + (ErrorCode.Length > 0 ? $" ({ErrorCode})" : "");

    /// <exception cref="Hl7FormatException">It is no acknowledgement.</exception>
    public static Acknowledgement Read(Hl7Message message)
    {
        var msa = message.Find("MSA") ?? throw new Hl7FormatException("the answer has no MSA segment");
        var error = message.Find("ERR")?.Text(3) ?? "";
        return new Acknowledgement(msa.Text(1) switch
        {
            "AA" or "CA" => AcknowledgementCode.Accept,
            "AE" or "CE" => AcknowledgementCode.Error,
            "AR" or "CR" => AcknowledgementCode.Reject,
            _ => throw new Hl7FormatException("MSA-1 of the answer is none of AA, AE, AR"),
        }, msa.Text(2), error.Length is > 0 and <= 3 && error.All(char.IsAsciiDigit) ? error : "");
    }

    /// <summary>Our answer to a message.</summary>
    /// <param name="to">What is answered; null when it could not be taken apart.</param>
    /// <param name="text">For the sender's log; empty with an acceptance.</param>
    public static byte[] Write(AcknowledgementCode code, Hl7Message? to, string text, string ourName, DateTimeOffset now)
    {
        var controlId = to?.ControlId ?? "";
        var answer = new Hl7Writer().AddHeader(
            (3, Hl7Writer.Value(to?.Header.Text(5) is { Length: > 0 } application ? application : ourName)), (4, Hl7Writer.Value(to?.Header.Text(6))),
            (5, Hl7Writer.Value(to?.Header.Text(3))), (6, Hl7Writer.Value(to?.Header.Text(4))),
            (7, Hl7Time.Write(now)), (9, to?.Kind.Event is { Length: > 0 } trigger ? Hl7Writer.Value("ACK", trigger, "ACK") : "ACK"),
            (10, Hl7Writer.Value("A" + (controlId.Length is > 0 and < 20 ? controlId : now.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture)))),
            (11, "P"), (12, to?.Header.Text(12) is { Length: > 0 } version ? Hl7Writer.Value(version) : "2.5.1"), (18, Hl7CharacterSet.Utf8Name))
            .Add("MSA", (1, Letters(code)), (2, Hl7Writer.Value(controlId)), (3, Hl7Writer.Value(text)));
        if (code != AcknowledgementCode.Accept)
        {
            answer.Add("ERR", (3, code == AcknowledgementCode.Reject ? "200^Unsupported message type^HL70357" : "207^Application internal error^HL70357"), (4, "E"), (8, Hl7Writer.Value(text)));
        }

        return answer.ToBytes();
    }

    private static string Letters(AcknowledgementCode code) => code switch
    {
        AcknowledgementCode.Accept => "AA",
        AcknowledgementCode.Error => "AE",
        _ => "AR",
    };
}
