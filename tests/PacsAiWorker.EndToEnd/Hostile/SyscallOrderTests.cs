using PacsAiWorker.EndToEnd.Line;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using Xunit;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>What the kernel was asked to do, and in which order: the promise behind 0000H, seen from outside.</summary>
[Collection(Lanes.Alone)]
public sealed class SyscallOrderTests(TestServers servers)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Every_byte_of_an_instance_is_synced_before_its_response_is_sent(int ahead)
    {
        using var folder = new TempFolder("order");
        var files = (await PhantomMaker.MakeAsync(folder["images"], 1, 1 + ahead, 84, "--small", "--plain")).Select(p => p.PartTen).ToList();
        await using var line = await Installation.NewAsync(servers, Road.Embedded);
        await line.StartWorkerAsync();
        await line.Worker.WaitUntilReadyAsync();
        IReadOnlyList<IReadOnlyList<SystemCall>> threads;
        await using (var trace = await SystemCalls.OfAsync(line.Worker.Id, folder.Folder("traces")))
        {
            using var sender = RawSender.Open(line.DicomPort);
            Assert.True(sender.Associate("US1", files[0], window: (ushort)(ahead == 1 ? 1 : 16)));

            // One alone, then as many as the window says in one go, then their answers.
            sender.Send(RawSender.Store(1, files[0]));
            Assert.Equal((1, 0), sender.Response());
            sender.Send([.. files.Skip(1).SelectMany((f, i) => RawSender.Store((ushort)(2 + i), f))]);
            Assert.All(files.Skip(1).Select((_, i) => (ushort)(2 + i)), id => Assert.Equal((id, (ushort)0), sender.Response()));
            sender.Release();
            threads = await trace.StopAsync();
        }

        var association = Assert.Single(threads, t => t.Any(IsResponse));
        var unsynced = new HashSet<(string, string)>();
        var (written, syncs, responses, together) = (0L, 0, 0, 0);
        var sinceSync = 0;
        foreach (var call in association)
        {
            if (call.Writes && call.IsSegment)
            {
                Assert.True(call.Result > 0, call.ToString());
                unsynced.Add((call.Descriptor, call.On));
                written += call.Result;
            }
            else if (call.Name is "fdatasync" or "fsync" && call.IsSegment)
            {
                Assert.Equal(0, call.Result);
                unsynced.Remove((call.Descriptor, call.On));
                sinceSync = 0;
                syncs += call.Name == "fdatasync" ? 1 : 0;
            }
            else if (IsResponse(call))
            {
                Assert.True(unsynced.Count == 0, $"A response left before {string.Join(", ", unsynced)} was synced:\n{string.Join('\n', association)}");
                Assert.True(syncs > 0, string.Join('\n', association));
                responses++;
                together = Math.Max(together, ++sinceSync);
            }
        }

        Assert.Equal(files.Count, responses);
        Assert.True(written > files.Sum(f => f.DataSet.LongLength), $"{written} bytes were written");
        if (ahead == 1)
        {
            // Without a window each answer has a sync of its own before it.
            Assert.Equal((files.Count, 1), (syncs, together));
        }
        else
        {
            Assert.InRange(syncs, 2, files.Count - 1);
            Assert.True(together > 1, string.Join('\n', association));
        }

        // The first instance made the segment: its name was made durable, too.
        var segment = association.First(c => c.IsSegment).On;
        var named = association.TakeWhile(c => !IsResponse(c)).ToList();
        Assert.Contains(named, c => c.Name == "fsync" && c.On == segment && c.Result == 0);
        Assert.Contains(named, c => c.Name == "fsync" && c.On == Path.GetDirectoryName(segment) && c.Result == 0);
    }

    /// <summary>A P-DATA-TF on a connection: its first byte is 4.</summary>
    private static bool IsResponse(SystemCall call) => call.Sends && call.Rest.Contains(@"""\4\0", StringComparison.Ordinal);
}
