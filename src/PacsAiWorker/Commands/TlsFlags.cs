using System.CommandLine;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Commands;

/// <summary>TLS flags of the commands that open associations by hand.</summary>
internal sealed class TlsFlags
{
    private readonly Option<bool> _tls = new("--tls") { Description = "Connect with TLS 1.2 or 1.3" };
    private readonly Option<string> _ca = new("--tls-ca") { Description = "PEM file with the CAs of the peer's certificate; default those of the system", HelpName = "FILE", DefaultValueFactory = _ => "" };
    private readonly Option<string> _certificate = new("--tls-cert") { Description = "PEM file with the certificate to show", HelpName = "FILE", DefaultValueFactory = _ => "" };
    private readonly Option<string> _key = new("--tls-key") { Description = "PEM file with its key; default in the certificate's file", HelpName = "FILE", DefaultValueFactory = _ => "" };
    private readonly Option<string> _name = new("--tls-name") { Description = "Name that the peer's certificate must hold; default the host", HelpName = "NAME", DefaultValueFactory = _ => "" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _tls, _ca, _certificate, _key, _name })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="CommandException">A file cannot be used.</exception>
    public ClientOptions Of(ParseResult parse)
    {
        if (!parse.GetValue(_tls))
        {
            return ClientOptions.Default;
        }

        var files = new TlsFiles(parse.GetRequiredValue(_certificate), parse.GetRequiredValue(_key), parse.GetRequiredValue(_ca));
        try
        {
            files.Check();
        }
        catch (TlsFileException error)
        {
            throw new CommandException(error.Message);
        }

        return new ClientOptions { Tls = new TlsClientOptions(files) { ServerName = parse.GetRequiredValue(_name) } };
    }
}
