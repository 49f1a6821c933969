using System.Net;
using PacsAiWorker.Dicom.Upper;
using PacsAiWorker.Pipeline;
using PacsAiWorker.Pipeline.Receiving;

namespace PacsAiWorker.Configuration;

/// <summary>What <c>Dicom</c> may say: our port, who sends, where reports go, and the certificates of all of them.</summary>
internal static class DicomRules
{
    public static IEnumerable<string> Check(WorkerOptions o) => [.. Dicom(o), .. Tls(o.Dicom)];

    public static bool IsAeTitle(string text) => text.Trim().Length is >= 1 and <= 16 && text.All(c => c is >= ' ' and < (char)127 and not '\\');

    private static IEnumerable<string> Dicom(WorkerOptions o)
    {
        if (!IsAeTitle(o.Dicom.AeTitle))
        {
            yield return $"Dicom:AeTitle is \"{o.Dicom.AeTitle}\": 1 to 16 printable characters without backslash";
        }

        if (o.Dicom.Port is < 0 or > 65535)
        {
            yield return $"Dicom:Port is {o.Dicom.Port}: 0 (any free port) to 65535";
        }

        if (!IPAddress.TryParse(o.Dicom.Bind, out var bind))
        {
            yield return $"Dicom:Bind is \"{o.Dicom.Bind}\": give an IP address, 0.0.0.0 for all";
        }
        else if (o.Dicom.AcceptUnknownCallers == true && !IPAddress.IsLoopback(bind))
        {
            yield return $"Dicom:AcceptUnknownCallers is true while Dicom:Bind is {o.Dicom.Bind}: unknown callers are accepted on loopback only; list the carts in Dicom:Callers";
        }

        else if (!IPAddress.IsLoopback(bind) && o.Dicom.Callers.Count == 0)
        {
            yield return $"Dicom:Callers is empty while Dicom:Bind is {o.Dicom.Bind}: no cart could send; list each with its AeTitle";
        }

        for (var i = 0; i < o.Dicom.Callers.Count; i++)
        {
            var caller = o.Dicom.Callers[i];
            if (!IsAeTitle(caller.AeTitle))
            {
                yield return $"Dicom:Callers:{i}:AeTitle is \"{caller.AeTitle}\": 1 to 16 printable characters without backslash";
            }

            if (caller.Address.Length > 0 && !IPAddress.TryParse(caller.Address, out _))
            {
                yield return $"Dicom:Callers:{i}:Address is \"{caller.Address}\": give an IP address, or leave it empty";
            }

            if (caller.Tier is < 0 or > 3)
            {
                yield return $"Dicom:Callers:{i}:Tier is {caller.Tier}: 0 stat, 1 urgent, 2 routine, 3 backfill";
            }
        }

        for (var i = 0; i < o.Dicom.Destinations.Count; i++)
        {
            var destination = o.Dicom.Destinations[i];
            if (destination.Name.Length == 0 || o.Dicom.Destinations.Count(d => d.Name == destination.Name) > 1)
            {
                yield return $"Dicom:Destinations:{i}:Name is \"{destination.Name}\": give each destination a name of its own";
            }

            if (destination.Url.Length > 0)
            {
                foreach (var problem in Web($"Dicom:Destinations:{i}", destination))
                {
                    yield return problem;
                }
            }
            else if (destination.VerifyByQuery)
            {
                yield return $"Dicom:Destinations:{i}:VerifyByQuery is true without Url: a query follows STOW-RS; over DIMSE StorageCommitment is the proof";
            }
            else if (!IsAeTitle(destination.AeTitle) || destination.Host.Length == 0 || destination.Port is < 1 or > 65535)
            {
                yield return $"Dicom:Destinations:{i} needs AeTitle (1 to 16 characters), Host and Port (1 to 65535)";
            }

            if (destination.MaxAssociations is < 1 or > 32)
            {
                yield return $"Dicom:Destinations:{i}:MaxAssociations is {destination.MaxAssociations}: 1 to 32";
            }

            if (destination.CommitmentWaitSeconds is < 0 or > 300 || destination.CommitmentHours is < 1 or > 720)
            {
                yield return $"Dicom:Destinations:{i}:CommitmentWaitSeconds is {destination.CommitmentWaitSeconds} (0, never, to 300) and CommitmentHours {destination.CommitmentHours} (1 to 720)";
            }
        }
    }

    private static IEnumerable<string> Web(string section, DestinationOptions o)
    {
        if (!Uri.TryCreate(o.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Query.Length > 0)
        {
            yield return $"{section}:Url is \"{o.Url}\": give the base of its DICOMweb service, for example https://pacs.example/dicom-web";
            yield break;
        }

        if (o.AeTitle.Length > 0 || o.Host.Length > 0)
        {
            yield return $"{section} has Url and AeTitle or Host: give Url for STOW-RS, or the others for DIMSE";
        }

        if (o.StorageCommitment)
        {
            yield return $"{section}:StorageCommitment is true while Url is set: DICOMweb has no storage commitment, VerifyByQuery asks whether it has what it stored";
        }

        if (o.Tls.CertificatePath.Length > 0 || (o.Tls.Enabled && url.Scheme != "https"))
        {
            yield return $"{section}:Tls is set while Url is {o.Url}: with https only Tls:Enabled and Tls:CaPath are used, with http none";
        }

        if (o.TokenFile.Length > 0 && !File.Exists(o.TokenFile))
        {
            yield return $"{section}:TokenFile is \"{o.TokenFile}\": there is no such file";
        }

        if (o.TokenFile.Length > 0 && url.Scheme != "https" && !url.IsLoopback)
        {
            yield return $"{section}:TokenFile is set while Url is {o.Url}: a token goes over https only";
        }
    }

    private static IEnumerable<string> Tls(DicomOptions o)
    {
        if (o.MaxOutstandingRequests is < 1 or > 64)
        {
            yield return $"Dicom:MaxOutstandingRequests is {o.MaxOutstandingRequests}: 1 (one at a time) to 64";
        }

        if (o.Tls.Enabled)
        {
            foreach (var problem in Files("Dicom:Tls", o.Tls.Profile, ("CertificatePath", o.Tls.CertificatePath, true), ("KeyPath", o.Tls.KeyPath, false), ("ClientCaPath", o.Tls.ClientCaPath, false)))
            {
                yield return problem;
            }

            // The system's CAs vouch for half the world: a certificate of theirs tells nothing about a cart.
            if (o.Tls.RequireClientCertificate && o.Tls.ClientCaPath.Length == 0)
            {
                yield return "Dicom:Tls:ClientCaPath is empty while Dicom:Tls:RequireClientCertificate is true: name the PEM file with the CAs of the carts' certificates, or set RequireClientCertificate to false";
            }
        }

        for (var i = 0; i < o.Destinations.Count; i++)
        {
            var tls = o.Destinations[i].Tls;
            foreach (var problem in tls.Enabled ? Files($"Dicom:Destinations:{i}:Tls", tls.Profile, ("CaPath", tls.CaPath, false), ("CertificatePath", tls.CertificatePath, false), ("KeyPath", tls.KeyPath, false)) : [])
            {
                yield return problem;
            }
        }
    }

    public static IEnumerable<string> Files(string section, string profile, params (string Key, string Path, bool Needed)[] files)
    {
        if (TlsProfile.Find(profile) is null)
        {
            yield return $"{section}:Profile is \"{profile}\": {string.Join(" or ", TlsProfile.All.Select(p => p.Name))}";
        }

        foreach (var (key, path, needed) in files)
        {
            if (needed && path.Length == 0)
            {
                yield return $"{section}:{key} is empty while {section}:Enabled is true: name the PEM file";
            }
            else if (path.Length > 0 && !File.Exists(path))
            {
                yield return $"{section}:{key} is \"{path}\": there is no such file";
            }
        }
    }
}
