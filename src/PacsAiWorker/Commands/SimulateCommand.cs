using System.CommandLine;
using System.Diagnostics;
using PacsAiWorker.Demo;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Commands;

/// <summary><c>simulate --to AE@HOST:PORT</c>: phantom carts over real associations.</summary>
internal static class SimulateCommand
{
    private static readonly Option<string> To = new("--to") { Description = "AE@HOST:PORT", Required = true };
    private static readonly Option<string> From = new("--from") { Description = "AE title of the cart", DefaultValueFactory = _ => "CART1" };
    private static readonly Option<int> Studies = new("--studies") { Description = "How many", DefaultValueFactory = _ => 10 };
    private static readonly Option<double> Rate = new("--rate") { Description = "Instances a second; 0 is as fast as it goes" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same phantoms", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Real = new("--to-real-peer") { Description = "Allow a peer that is not on this machine" };

    private static readonly TlsFlags Tls = new();

    public static Command Create()
    {
        var command = new Command("simulate", "Simulated ultrasound carts send phantom studies over real associations") { To, From, Studies, Rate, Seed, Real };
        Tls.AddTo(command);
        command.SetAction(parse =>
        {
            var peer = Cli.Peer(parse.GetRequiredValue(To));
            if (!parse.GetValue(Real))
            {
                SendCommand.RequireLoopback(peer);
            }

            return Run(new PhantomCart(parse.GetRequiredValue(From), peer, Tls.Of(parse)), parse.GetValue(Studies), parse.GetValue(Seed), parse.GetValue(Rate), peer);
        });
        return command;
    }

    private static int Run(PhantomCart cart, int studies, int seed, double rate, PeerAddress peer)
    {
        var (sent, refused) = (0, 0);
        var watch = Stopwatch.StartNew();
        for (var number = 0; number < studies; number++)
        {
            var study = PhantomFleet.MakeStudy(number, seed, TimeProvider.System.GetUtcNow());
            try
            {
                var problems = cart.Send(study.Instances, () =>
                {
                    sent++;
                    Pace(watch, sent, rate);
                });
                refused += problems.Count;
                Console.WriteLine($"{study.PatientId} {study.StudyInstanceUid} ({study.Vendor}): {study.Instances.Count} images{string.Concat(problems.Select(p => "; " + p))}");
            }
            catch (AssociationException error)
            {
                throw new CommandException($"{peer}: {error.Message}", ExitCodes.Failed);
            }
        }

        Console.WriteLine(FormattableString.Invariant($"{sent} images of {studies} studies in {watch.Elapsed.TotalSeconds:0.0} s, {refused} refused"));
        return refused == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Pace(Stopwatch watch, int sent, double rate)
    {
        if (rate > 0 && TimeSpan.FromSeconds(sent / rate) - watch.Elapsed is { Ticks: > 0 } early)
        {
            Thread.Sleep(early);
        }
    }
}
