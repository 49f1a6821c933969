using System.CommandLine;
using PacsAiWorker.Inference.Packages;

namespace PacsAiWorker.Commands;

/// <summary><c>model sign</c>: puts a signature over a package's identity beside its files.</summary>
internal static class ModelSignCommand
{
    private static readonly Argument<string> Folder = new("folder") { Description = "The package" };
    private static readonly Option<string> Key = new("--key") { Description = "Private key, RSA or EC, PEM", Required = true, HelpName = "FILE" };

    public static Command Create()
    {
        var sign = new Command("sign", $"Sign a package: writes {PackageSignature.FileName} over its identity; any later change breaks it") { Folder, Key };
        sign.SetAction(parse =>
        {
            var (folder, key) = (parse.GetRequiredValue(Folder), parse.GetRequiredValue(Key));
            if (!File.Exists(key))
            {
                throw new CommandException($"--key {key}: there is no such file; make one with `openssl ecparam -name prime256v1 -genkey -noout -out {key}`");
            }

            try
            {
                var package = ModelPackage.Load(folder);
                File.WriteAllText(Path.Combine(folder, PackageSignature.FileName), PackageSignature.Sign(package.Identity, File.ReadAllText(key)));
                Console.WriteLine($"{package.Card.Id} {package.Card.Version} signed, identity {package.Identity}");
                return ExitCodes.Done;
            }
            catch (PackageException error)
            {
                throw new CommandException(error.Message);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CommandException($"{folder} cannot be signed: {error.Message}");
            }
        });
        return sign;
    }
}
