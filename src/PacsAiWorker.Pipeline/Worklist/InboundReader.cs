using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Worklist.Hl7;

namespace PacsAiWorker.Pipeline.Worklist;

/// <summary>A message that is not taken: the answer to its sender, which quotes no value.</summary>
public sealed class InboundRefusedException(AcknowledgementCode code, string message) : Exception(message)
{
    public AcknowledgementCode Code { get; } = code;
}

/// <summary>Pure: from a message to what it tells. What identifies a patient or an order has to be there; everything else may be missing.</summary>
public static class InboundReader
{
    private const int MostText = 64;
    private const int MostIds = 64;
    private const int MostParts = 64;

    /// <exception cref="InboundRefusedException">Not for us, or something that is needed is missing.</exception>
    public static InboundNews Read(Hl7Message message, TimeZoneInfo zone, DateTime now)
    {
        var (type, trigger) = message.Kind;
        if (message.ControlId.Length == 0)
        {
            throw Error("MSH-10 is empty: an answer could not name the message");
        }

        if (message.Header.Text(11) is not ("" or "P"))
        {
            throw Refusal("MSH-11 is not P: training and test messages are not taken here");
        }

        IReadOnlyList<InboundFact> facts = (type, trigger) switch
        {
            ("ADT", "A08") => [new InboundFact.PatientUpdated(Patient(message))],
            ("ADT", "A40") => Merges(message),
            ("ORM", "O01") or ("OMI", "O23") => [.. Orders(message).Select(o => Order(message, o))],
            ("ORU", "R01") => [.. Orders(message).Where(o => o.Of("OBR", 25) is "F" or "C").Select(o => new InboundFact.StudyRead(Accession(o), Ids(message.Find("PID"), 3)))],
            _ => throw Refusal("MSH-9 names a message that is not taken here: send ADT^A08, ADT^A40, ORM^O01, OMI^O23 or ORU^R01"),
        };
        var at = Hl7Time.Read(message.Header.Text(7), zone) is { } told && told <= now ? told : now;
        return new InboundNews($"{type}^{trigger}", at, facts);
    }

    private static ToldPatient Patient(Hl7Message message) => Patient(message.Find("PID") ?? throw Error("the PID segment is missing"));

    private static ToldPatient Patient(Hl7Segment pid)
    {
        var ids = Ids(pid, 3);
        return ids.Count == 0 ? throw Error("PID-3 names no patient identifier") : new ToldPatient(ids, Name(pid), Date(pid.Text(7)), pid.Text(8) is "M" or "F" or "O" ? pid.Text(8) : null);
    }

    /// <summary>Each PID with the MRG behind it.</summary>
    private static List<InboundFact> Merges(Hl7Message message)
    {
        Limit(message.All("MRG").Count(), "MRG segments");
        var merges = new List<InboundFact>();
        Hl7Segment? pid = null;
        foreach (var segment in message.Segments)
        {
            if (segment.Name == "PID")
            {
                pid = segment;
            }
            else if (segment.Name == "MRG")
            {
                var givenUp = Ids(segment, 1);
                merges.Add(givenUp.Count == 0 || pid is null
                    ? throw Error("MRG-1 names no identifier that is given up, or no PID stands before it")
                    : new InboundFact.PatientsMerged(Patient(pid), givenUp));
            }
        }

        return merges.Count > 0 ? merges : throw Error("the MRG segment is missing");
    }

    private static InboundFact.OrderTold Order(Hl7Message message, OrderSegments order)
    {
        var letter = new[] { order.Of("TQ1", 9), order.Of("ORC", 7, 6), order.Of("OBR", 27, 6), order.Of("OBR", 5) }.FirstOrDefault(l => l.Length > 0, "");
        var control = order.Of("ORC", 1);
        var status = control is "CA" or "OC" or "CR" or "DC" ? "CA" : order.Of("ORC", 5);
        return new InboundFact.OrderTold(Accession(order), PriorityDecider.Word(letter), status.Length <= 2 && status.All(char.IsAsciiLetterUpper) ? status : "", Ids(message.Find("PID"), 3));
    }

    private static string Accession(OrderSegments order)
    {
        var number = new[] { order.Of("IPC", 1), order.Of("OBR", 18), order.Of("OBR", 3), order.Of("ORC", 3) }.FirstOrDefault(a => a.Length > 0, "").Trim();
        return number.Length is > 0 and <= MostText ? number : throw Error("no accession number of 1 to 64 characters stands in IPC-1, OBR-18, OBR-3 or ORC-3");
    }

    /// <summary>The orders of a message: ORC and what follows up to the next, or OBR where there is no ORC.</summary>
    private static List<OrderSegments> Orders(Hl7Message message)
    {
        var orders = new List<OrderSegments>();
        foreach (var segment in message.Segments)
        {
            if (segment.Name == "ORC" || (segment.Name == "OBR" && (orders.Count == 0 || orders[^1].Has("OBR"))))
            {
                Limit(orders.Count + 1, "orders");
                orders.Add(new OrderSegments([]));
            }

            if (orders.Count > 0)
            {
                orders[^1].Segments.Add(segment);
            }
        }

        return orders.Count > 0 ? orders : throw Error("neither ORC nor OBR is there");
    }

    /// <summary>Identifiers of a field of data type CX, medical record numbers first.</summary>
    private static List<ToldId> Ids(Hl7Segment? segment, int field)
    {
        if (segment is null)
        {
            return [];
        }

        if (segment.Repetitions(field) > MostIds)
        {
            throw Error($"{segment.Name}-{field} names more than {MostIds} identifiers");
        }

        return
        [
            .. segment.Split(field).Select(c => new ToldId(c[0].Trim(), (c.ElementAtOrDefault(3) ?? "").Trim(), (c.ElementAtOrDefault(4) ?? "").Trim()))
                .Where(i => i.Value.Length is > 0 and <= MostText && !i.Value.Any(char.IsControl) && i.Issuer.Length <= MostText)
                .OrderBy(i => i.Type is "MR" or "PI" ? 0 : 1),
        ];
    }

    private static void Limit(int count, string what)
    {
        if (count > MostParts)
        {
            throw Error($"more than {MostParts} {what} in a message: send them in several");
        }
    }

    /// <summary>HL7 (XPN) writes suffix before prefix, DICOM the other way round.</summary>
    private static string? Name(Hl7Segment pid)
    {
        string Part(int component) => string.Concat(pid.Text(5, component).Where(c => !char.IsControl(c) && c is not ('^' or '=' or '\\'))).Trim();
        var name = new PersonNameGroup(Part(1), Part(2), Part(3), Part(5), Part(4)).ToString();
        return name.Length is > 0 and <= MostText ? name : null;
    }

    private static string? Date(string text) => text.Length >= 8 && text.AsSpan(0, 8).IndexOfAnyExceptInRange('0', '9') < 0 ? text[..8] : null;

    private static InboundRefusedException Error(string text) => new(AcknowledgementCode.Error, text);

    private static InboundRefusedException Refusal(string text) => new(AcknowledgementCode.Reject, text);

    private sealed record OrderSegments(List<Hl7Segment> Segments)
    {
        public bool Has(string name) => Segments.Any(s => s.Name == name);

        public string Of(string segment, int field, int component = 1) => Segments.FirstOrDefault(s => s.Name == segment)?.Text(field, component) ?? "";
    }
}
