using System.Net;
using PacsAiWorker.Pipeline.Worklist;

namespace PacsAiWorker.Configuration;

/// <summary>Ranges and rules of section <c>Worklist</c>.</summary>
internal static class WorklistRules
{
    private const int MostNameCharacters = 180;

    public static IEnumerable<string> Check(WorklistOptions o) => [.. Sending(o.Hl7), .. Listening(o.Hl7.Listen), .. Ups(o.Ups), .. Mwl(o.Mwl)];

    private static IEnumerable<string> Sending(Hl7Options o)
    {
        if (o.Enabled && (o.Host.Length == 0 || o.Port is < 1 or > 65535))
        {
            yield return $"Worklist:Hl7:Host is \"{o.Host}\" and Worklist:Hl7:Port {o.Port} while Worklist:Hl7:Enabled is true: name the receiver, port 1 to 65535";
        }

        if (o.ElevatedLetter is not ("A" or "T" or "R" or "off"))
        {
            yield return $"Worklist:Hl7:ElevatedLetter is \"{o.ElevatedLetter}\": A, T, R or off";
        }

        if (o.MaxStudyAgeDays is < 1 or > 365 || o.ExistingPriorityHours is < 1 or > 720 || o.TimeoutSeconds is < 1 or > 300)
        {
            yield return $"Worklist:Hl7:MaxStudyAgeDays is {o.MaxStudyAgeDays} (1 to 365), Worklist:Hl7:ExistingPriorityHours {o.ExistingPriorityHours} (1 to 720), Worklist:Hl7:TimeoutSeconds {o.TimeoutSeconds} (1 to 300)";
        }

        foreach (var (key, name) in new[] { ("SendingApplication", o.SendingApplication), ("SendingFacility", o.SendingFacility), ("ReceivingApplication", o.ReceivingApplication), ("ReceivingFacility", o.ReceivingFacility) })
        {
            if (name.Length > MostNameCharacters || name.Any(char.IsControl))
            {
                yield return $"Worklist:Hl7:{key} has {name.Length} characters or a control character: at most {MostNameCharacters} printable ones";
            }
        }

        foreach (var problem in o.Tls.Enabled ? DicomRules.Files("Worklist:Hl7:Tls", o.Tls.Profile, ("CaPath", o.Tls.CaPath, false), ("CertificatePath", o.Tls.CertificatePath, false), ("KeyPath", o.Tls.KeyPath, false)) : [])
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> Listening(Hl7ListenOptions o)
    {
        if (o.Port is < 0 or > 65535)
        {
            yield return $"Worklist:Hl7:Listen:Port is {o.Port}: 0 (any free port) to 65535";
        }

        if (!IPAddress.TryParse(o.Bind, out var bind))
        {
            yield return $"Worklist:Hl7:Listen:Bind is \"{o.Bind}\": give an IP address, 0.0.0.0 for all";
        }
        else if (o.Enabled && !IPAddress.IsLoopback(bind) && o.Senders.Count == 0)
        {
            yield return $"Worklist:Hl7:Listen:Senders is empty while Worklist:Hl7:Listen:Bind is {o.Bind}: nobody could send; list each sender with its Address";
        }

        for (var i = 0; i < o.Senders.Count; i++)
        {
            if (!IPAddress.TryParse(o.Senders[i].Address, out _))
            {
                yield return $"Worklist:Hl7:Listen:Senders:{i}:Address is \"{o.Senders[i].Address}\": give an IP address";
            }
        }

        if (!o.Tls.Enabled)
        {
            yield break;
        }

        foreach (var problem in DicomRules.Files("Worklist:Hl7:Listen:Tls", o.Tls.Profile, ("CertificatePath", o.Tls.CertificatePath, true), ("KeyPath", o.Tls.KeyPath, false), ("ClientCaPath", o.Tls.ClientCaPath, false)))
        {
            yield return problem;
        }

        if (o.Tls is { RequireClientCertificate: true, ClientCaPath.Length: 0 })
        {
            yield return "Worklist:Hl7:Listen:Tls:ClientCaPath is empty while Worklist:Hl7:Listen:Tls:RequireClientCertificate is true: name the PEM file with the CAs of the senders' certificates, or set RequireClientCertificate to false";
        }
    }

    private static IEnumerable<string> Ups(UpsOptions o)
    {
        if (o.Enabled && (o.Host.Length == 0 || !DicomRules.IsAeTitle(o.AeTitle) || o.Port is < 1 or > 65535))
        {
            yield return $"Worklist:Ups:Host is \"{o.Host}\", Worklist:Ups:AeTitle \"{o.AeTitle}\" and Worklist:Ups:Port {o.Port} while Worklist:Ups:Enabled is true: name the provider, AE title of 1 to 16 characters, port 1 to 65535";
        }

        if (o.Elevated is not ("MEDIUM" or "HIGH" or "off"))
        {
            yield return $"Worklist:Ups:Elevated is \"{o.Elevated}\": MEDIUM, HIGH or off";
        }

        if (o.RetrieveAeTitle.Length > 0 && !DicomRules.IsAeTitle(o.RetrieveAeTitle))
        {
            yield return $"Worklist:Ups:RetrieveAeTitle is \"{o.RetrieveAeTitle}\": 1 to 16 printable characters without backslash, or empty";
        }

        if (o.WorklistLabel.Length > 64 || o.WorklistLabel.Contains('\\', StringComparison.Ordinal))
        {
            yield return $"Worklist:Ups:WorklistLabel has {o.WorklistLabel.Length} characters or a backslash: at most 64 without one";
        }

        foreach (var problem in o.Tls.Enabled ? DicomRules.Files("Worklist:Ups:Tls", o.Tls.Profile, ("CaPath", o.Tls.CaPath, false), ("CertificatePath", o.Tls.CertificatePath, false), ("KeyPath", o.Tls.KeyPath, false)) : [])
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> Mwl(MwlOptions o)
    {
        if (o.Host.Length > 0 && (!DicomRules.IsAeTitle(o.AeTitle) || o.Port is < 1 or > 65535))
        {
            yield return $"Worklist:Mwl:AeTitle is \"{o.AeTitle}\" and Worklist:Mwl:Port {o.Port} while Worklist:Mwl:Host is set: 1 to 16 characters, port 1 to 65535";
        }

        if (o.Expect && o.Host.Length == 0)
        {
            yield return "Worklist:Mwl:Expect is true while Worklist:Mwl:Host is empty: name the modality worklist that knows what is scheduled, or set Expect to false";
        }

        if (o.ExpectedAfterMinutes is < 5 or > 1440)
        {
            yield return $"Worklist:Mwl:ExpectedAfterMinutes is {o.ExpectedAfterMinutes}: 5 to 1440";
        }
    }
}
