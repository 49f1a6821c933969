using System.CommandLine;
using System.Diagnostics;
using PacsAiWorker.Demo;
using PacsAiWorker.Demo.DataSets;
using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Commands;

/// <summary><c>simulate --to AE@HOST:PORT</c>: phantom carts over real associations; <c>--dataset NAME --out DIR</c>: phantoms in the numbers of a paper's data, with labels.</summary>
internal static class SimulateCommand
{
    private static readonly Option<string> To = new("--to") { Description = "Send to", HelpName = "AE@HOST:PORT" };
    private static readonly Option<string> From = new("--from") { Description = "AE title of the cart", DefaultValueFactory = _ => "CART1" };
    private static readonly Option<int> Studies = new("--studies") { Description = "How many", DefaultValueFactory = _ => 10 };
    private static readonly Option<double> Rate = new("--rate") { Description = "Instances a second; 0 is as fast as it goes" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same phantoms", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Real = new("--to-real-peer") { Description = "Allow a peer that is not on this machine" };

    private static readonly Option<string?> DataSet = new("--dataset") { Description = "Phantoms in the numbers of a paper's data: " + string.Join(", ", PaperDataSet.All.Select(d => d.Name)), HelpName = "NAME" };
    private static readonly Option<double> Share = new("--share") { Description = "Share of the data set's studies, above 0 to 1", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Out = new("--out") { Description = "Write the data set as DICOM files with labels.csv, for model train, instead of sending it", HelpName = "DIR" };

    private static readonly TlsFlags Tls = new();

    public static Command Create()
    {
        var command = new Command("simulate", "Simulated ultrasound carts send phantom studies over real associations") { To, From, Studies, Rate, Seed, Real, DataSet, Share, Out };
        Tls.AddTo(command);
        command.SetAction(parse =>
        {
            var studies = parse.GetValue(DataSet) is { } name ? Drawn(name, parse.GetValue(Share), parse.GetValue(Seed)) : null;
            if (parse.GetValue(Out) is { } folder)
            {
                if (parse.GetValue(To) is not null)
                {
                    throw new CommandException("--out writes and --to sends; take one of them");
                }

                return Write(folder, studies ?? throw new CommandException($"--out writes a data set: name one with --dataset, of {Names}"));
            }

            var peer = Cli.Peer(parse.GetValue(To) ?? throw new CommandException("--to AE@HOST:PORT is missing: whom to send to; or --out DIR, to write a data set"));
            if (!parse.GetValue(Real))
            {
                SendCommand.RequireLoopback(peer);
            }

            return Run(new PhantomCart(parse.GetRequiredValue(From), peer, Tls.Of(parse)), studies?.Select(s => s.Study) ?? Fleet(parse.GetValue(Studies), parse.GetValue(Seed)), parse.GetValue(Rate), peer);
        });
        return command;
    }

    private static string Names => string.Join(", ", PaperDataSet.All.Select(d => d.Name));

    private static IEnumerable<PhantomStudy> Fleet(int studies, int seed) =>
        Enumerable.Range(0, studies).Select(number => PhantomFleet.MakeStudy(number, seed, TimeProvider.System.GetUtcNow()));

    private static IEnumerable<PaperStudy> Drawn(string name, double share, int seed)
    {
        var data = PaperDataSet.Find(name) ?? throw new CommandException($"--dataset {name}: there is none of this name; take one of {Names}");
        return share is > 0 and <= 1 ? PaperStudy.Draw(data, share, seed) : throw new CommandException($"--share {share}: write a share above 0, to 1 for all studies");
    }

    private static int Write(string folder, IEnumerable<PaperStudy> studies)
    {
        try
        {
            Cli.RequireEmpty("--out", folder, "so that files of another data set do not stand among these");
            Console.WriteLine($"{PaperStudy.Write(folder, studies)} images and labels.csv in {folder}");
            return ExitCodes.Done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--out {folder}: {error.Message} Name a folder that can be written and has room.", ExitCodes.Failed);
        }
    }

    private static int Run(PhantomCart cart, IEnumerable<PhantomStudy> studies, double rate, PeerAddress peer)
    {
        var (studiesSent, sent, refused) = (0, 0, 0);
        var watch = Stopwatch.StartNew();
        foreach (var study in studies)
        {
            try
            {
                var problems = cart.Send(study.Instances, () =>
                {
                    sent++;
                    Pace(watch, sent, rate);
                });
                refused += problems.Count;
                studiesSent++;
                Console.WriteLine($"{study.PatientId} {study.StudyInstanceUid} ({study.Vendor}): {study.Instances.Count} images{string.Concat(problems.Select(p => "; " + p))}");
            }
            catch (AssociationException error)
            {
                throw new CommandException($"{peer}: {error.Message}", ExitCodes.Failed);
            }
        }

        Console.WriteLine(FormattableString.Invariant($"{sent} images of {studiesSent} studies in {watch.Elapsed.TotalSeconds:0.0} s, {refused} refused"));
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
