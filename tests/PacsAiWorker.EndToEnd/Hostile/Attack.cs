using System.Net.Sockets;
using PacsAiWorker.EndToEnd.Line;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>
/// One thread that does all at once what a careless scanner or a hostile peer does, from addresses and under titles of its own. It holds
/// what it opened until it is disposed, and goes on dripping.
/// </summary>
internal sealed class Attack : IDisposable
{
    private const int Shots = 20;
    private const int SlowOnes = 500;
    private const int SilentOnes = 2000;
    private const int Announced = 16_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly int _port;
    private readonly PartTen _kind;
    private readonly List<RawSender> _silent = [];
    private readonly List<RawSender> _slow = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _over = new();
    private readonly Task _thread;
    private int _address;

    public Attack(int port, PartTen kind)
    {
        (_port, _kind) = (port, kind);
        _thread = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Everything was opened or refused; from here on it holds and drips.</summary>
    public Task Opened => _opened.Task;

    /// <summary>Connections that said nothing, associations in the middle of a C-STORE, and attempts that were turned away.</summary>
    public (int Silent, int Slow, int Refused) Held { get; private set; }

    /// <summary>SOP Instance UIDs that an attacker began and never finished.</summary>
    public List<string> Unfinished { get; } = [];

    public void Dispose()
    {
        _over.Set();
        try
        {
            _thread.Wait();
        }
        finally
        {
            foreach (var sender in _silent.Concat(_slow))
            {
                sender.Dispose();
            }

            _over.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            var random = new Random(1);
            for (var shot = 0; shot < Shots && !_over.IsSet; shot++)
            {
                Shoot(s => s.Send([1, 0, 0xFF, 0xFF, 0xFF, 0xF0]));
                Shoot(s => s.Send("GET / HTTP/1.1\r\nHost: worker\r\n\r\n"u8));
                var noise = new byte[4096];
                random.NextBytes(noise);
                Shoot(s => s.Send(noise));
                Shoot(s => Midway(s, shot, hugePdu: true));
                Shoot(s => Midway(s, shot, hugePdu: false));
            }

            var refused = 0;
            for (var number = 0; number < SlowOnes && !_over.IsSet; number++)
            {
                // One of each in turn: the places there are go to both.
                refused += Begin(number) ? 0 : 1;
                refused += Connect() ? 0 : 1;
            }

            for (var number = SlowOnes; number < SilentOnes && !_over.IsSet; number++)
            {
                refused += Connect() ? 0 : 1;
            }

            Held = (_silent.Count, _slow.Count, refused);
        }
        finally
        {
            _opened.TrySetResult();
        }

        // A slow peer is slow: this is its pace, and nothing waits for it.
        while (!_over.Wait(Pace))
        {
            foreach (var sender in _slow)
            {
                Tolerated(() => sender.Send([0]));
            }
        }
    }

    private void Shoot(Action<RawSender> shot) => Tolerated(() =>
    {
        using var sender = RawSender.Open(_port, NextAddress());
        shot(sender);
    });

    /// <summary>An instance that ends in the middle of a fragment: by an abort, a reset, or a PDU of four gigabytes.</summary>
    private void Midway(RawSender sender, int shot, bool hugePdu)
    {
        if (!sender.Associate($"EVIL{shot % 8}", _kind))
        {
            return;
        }

        sender.Send([.. RawSender.StoreRq(1, _kind.SopClass, Unfinish()), .. hugePdu ? [4, 0, 0xFF, 0xFF, 0xFF, 0xFF] : RawSender.Begun(Announced, new byte[1000])]);
        if (!hugePdu && shot % 2 == 0)
        {
            sender.Send(RawSender.AbortPdu);
        }
        else if (!hugePdu)
        {
            sender.Reset();
        }
    }

    private bool Begin(int number)
    {
        RawSender? sender = null;
        var begun = Tolerated(() =>
        {
            sender = RawSender.Open(_port, NextAddress());
            if (sender.Associate($"SLOW{number % 16}", _kind))
            {
                sender.Send([.. RawSender.StoreRq(1, _kind.SopClass, Unfinish()), .. RawSender.Begun(Announced, [8, 0])]);
                _slow.Add(sender);
                sender = null;
            }
        });
        var refused = sender is not null;
        sender?.Dispose();
        return begun && !refused;
    }

    private bool Connect() => Tolerated(() => _silent.Add(RawSender.Open(_port, NextAddress())));

    private string Unfinish()
    {
        Unfinished.Add($"1.2.826.0.1.3680043.10.1317.666.{Unfinished.Count + 1}");
        return Unfinished[^1];
    }

    private string NextAddress() => $"127.0.0.{2 + (_address++ % 30)}";

    /// <summary>Being turned away is what an attacker gets.</summary>
    private static bool Tolerated(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
