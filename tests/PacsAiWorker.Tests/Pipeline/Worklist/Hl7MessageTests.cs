using System.Text;
using PacsAiWorker.Pipeline.Worklist.Hl7;

namespace PacsAiWorker.Tests.Pipeline.Worklist;

public sealed class Hl7MessageTests
{
    private static Hl7Message Read(string text, Encoding? encoding = null) => Hl7Message.Parse((encoding ?? Encoding.UTF8).GetBytes(text));

    [Fact]
    public void Any_text_comes_back_as_it_went_in()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 2000; round++)
        {
            var value = AnyText(random);
            var bytes = new Hl7Writer().AddHeader((9, "ADT^A08"), (10, "1"), (18, Hl7CharacterSet.Utf8Name)).Add("PID", (3, Hl7Writer.Value("x", value, "y")), (5, Hl7Writer.Value(value))).ToBytes();
            Assert.DoesNotContain((byte)0x1C, bytes);
            Assert.DoesNotContain((byte)0x0B, bytes);
            var pid = Hl7Message.Parse(bytes).Find("PID")!;
            Assert.Equal(value, pid.Text(3, 2));
            Assert.Equal("y", pid.Text(3, 3));
            Assert.Equal(value, pid.Text(5));
        }
    }

    [Fact]
    public void A_message_with_delimiters_of_its_own_is_read_by_them()
    {
        var message = Read("MSH#*!?%#RIS#HOSP#PACSAI##20261122##ADT*A08#77#P#2.5\rPID###4711***HOSP*MR!4712##Doe?T?Sons*Jane?S?X%sub");
        Assert.Equal(("ADT", "A08"), message.Kind);
        Assert.Equal("77", message.ControlId);
        var pid = message.Find("PID")!;
        Assert.Equal(("4711", "HOSP", "4712"), (pid.Text(3), pid.Text(3, 4), pid.Text(3, 1, 2)));
        Assert.Equal(2, pid.Repetitions(3));
        Assert.Equal("Doe%Sons", pid.Text(5));
        Assert.Equal(("Jane*X", "sub"), (pid.Text(5, 2), pid.Text(5, 2, 1, 2)));
    }

    [Fact]
    public void The_explicit_nothing_reads_as_empty_and_what_is_not_there_too()
    {
        var pid = Read("MSH|^~\\&|A\rPID|||\"\"||Doe").Find("PID")!;
        Assert.Equal(("", "", ""), (pid.Text(3), pid.Text(9, 2, 3, 4), pid.Text(5, 2)));
    }

    [Fact]
    public void Escapes_that_nobody_knows_stay_and_spelled_bytes_are_read_in_the_message_s_encoding()
    {
        var obx = Read("MSH|^~\\&|A|||||||||||||||8859/1\rOBX|1|ST|\\X41E4\\ \\Zxy\\ \\.br\\end \\open", Encoding.Latin1).Find("OBX")!;
        Assert.Equal("Aä \\Zxy\\ \rend \\open", obx.Text(3));
    }

    [Theory]
    [InlineData("UNICODE UTF-8", "utf-8", "Müller^Zoë")]
    [InlineData("", "utf-8", "Müller^Zoë")]
    [InlineData("8859/1", "iso-8859-1", "Müller^Zoë")]
    public void The_character_set_is_that_of_MSH_18(string name, string encoding, string patient) =>
        Assert.Equal("Müller", Read($"MSH|^~\\&|A|||||||||||||||{name}\rPID|||1||{patient}", Encoding.GetEncoding(encoding)).Find("PID")!.Text(5));

    [Fact]
    public void The_eastern_and_chinese_sets_are_read_too()
    {
        foreach (var (name, page, value) in new[] { ("8859/2", 28592, "Dvořák"), ("8859/5", 28595, "Иванов"), ("GB 18030-2000", 54936, "王小东") })
        {
            var encoding = CodePagesEncodingProvider.Instance.GetEncoding(page)!;
            Assert.Equal(value, Read($"MSH|^~\\&|A|||||||||||||||{name}\rPID|||1||{value}", encoding).Find("PID")!.Text(5));
        }
    }

    [Theory]
    [InlineData("", "MSH")]
    [InlineData("PID|1", "MSH")]
    [InlineData("MSH|^~", "MSH")]
    [InlineData("MSH|^^\\&|A", "twice")]
    [InlineData("MSH|^~\\|A|B", "encoding characters")]
    [InlineData("MSH|^~\\&|A\rpid|1", "name")]
    [InlineData("MSH|^~\\&|A\r\u0001\u0002", "name")]
    [InlineData("MSH|^~\\&|A|||||||||||||||ISO IR159", "MSH-18")]
    public void What_is_no_message_is_named_without_quoting_it(string text, string said)
    {
        var error = Assert.Throws<Hl7FormatException>(() => Read(text));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_text_of_the_named_set_are_refused_and_not_guessed() =>
        Assert.Contains("MSH-18", Assert.Throws<Hl7FormatException>(() => Read("MSH|^~\\&|A\rPID|||1||Müller", Encoding.Latin1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_bytes_come_end_in_a_message_or_in_a_refusal()
    {
        var random = new Random(7);
        var whole = Encoding.UTF8.GetBytes("MSH|^~\\&|RIS|HOSP|PACSAI||20261122101500||ADT^A08|1|P|2.5||||||UNICODE UTF-8\rPID|1||4711^^^HOSP^MR||Doe^Jane||19800101|F\r");
        for (var round = 0; round < 20000; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var i = random.Next(1, 9); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                var message = Hl7Message.Parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
                _ = message.Kind;
                _ = message.Find("PID")?.Text(3, 4);
            }
            catch (Hl7FormatException)
            {
                // The one way to say no.
            }
        }
    }

    [Fact]
    public void Times_are_read_with_their_offset_or_in_the_site_s_zone()
    {
        var vienna = TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna");
        Assert.Equal(new DateTime(2026, 11, 22, 9, 15, 0, DateTimeKind.Utc), Hl7Time.Read("20261122101500", vienna));
        Assert.Equal(new DateTime(2026, 11, 22, 4, 45, 0, DateTimeKind.Utc), Hl7Time.Read("20261122101500.1234+0530", vienna));
        Assert.Null(Hl7Time.Read("yesterday", vienna));
        Assert.Null(Hl7Time.Read("", vienna));
    }

    private static string AnyText(Random random)
    {
        const string Hostile = "|^~\\&\r\n\t\u000b\u001c\"X.E\0\u007f\u0085ÄßИ王😀F";
        var text = new StringBuilder();
        for (var i = random.Next(12); i > 0; i--)
        {
            var rune = Hostile.EnumerateRunes().ElementAt(random.Next(Hostile.EnumerateRunes().Count()));
            text.Append(random.Next(5) == 0 ? new Rune(random.Next(0x20, 0xD7FF)).ToString() : rune.ToString());
        }

        return random.Next(20) == 0 ? "\"\"" : text.ToString();
    }
}
