using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Imaging;
using PacsAiWorker.Inference.Imaging.Codecs;
using Xunit;

namespace PacsAiWorker.Tests.Inference.Imaging.Codecs;

/// <summary>
/// What a decoding process may cost. The pictures are lossless JPEG, which needs no library: these tests run where none is installed.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class CodecPoolTests : IDisposable
{
    private readonly Pictures _pictures = new();

    public void Dispose() => _pictures.Dispose();

    /// <summary>Two grey pixels, lossless JPEG of 8 bits with predictor 1: 128 + 2 and 130 - 1.</summary>
    private static readonly byte[] TwoPixels =
    [
        0xFF, 0xD8,
        0xFF, 0xC3, 0, 11, 8, 0, 1, 0, 2, 1, 1, 0x11, 0, // one line of two
        0xFF, 0xC4, 0, 21, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, // 00: one bit, 01: two bits
        0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0,
        0b01_10_00_0_1, // 01 10: +2; 00 0: -1; filled with ones
        0xFF, 0xD9,
    ];

    private string Write(byte[] jpeg, int columns = 2, int rows = 1, int bits = 8) =>
        _pictures.WriteEncapsulated(Pictures.Ultrasound("MONOCHROME2", 1, rows, columns, [], bits), TransferSyntax.JpegLosslessSv1, jpeg);

    private static FrameResult<RasterImage> Read(CodecPool pool, string path)
    {
        using var file = Part10File.Open(path);
        return FrameSource.Open(file, FrameHeader.Read(file.DataSet), pool).Value!.Read(0, CancellationToken.None);
    }

    private static byte[] Pixels(FrameResult<RasterImage> result)
    {
        using var image = result.Value!;
        return image.Pixels.ToArray();
    }

    private static CodecPool Pool(Func<CodecOptions, CodecOptions>? change = null) => new((change ?? (o => o))(new CodecOptions { Processes = 1 }));

    [Fact]
    public void A_process_decodes_frame_after_frame_and_stays()
    {
        using var pool = Pool();
        var path = Write(TwoPixels);
        for (var i = 0; i < 3; i++)
            Assert.Equal([130, 129], Pixels(Read(pool, path)));
        Assert.Single(pool.IdleProcesses);
    }

    [Fact]
    public void H03_a_codestream_of_another_size_than_the_header_is_corrupt()
    {
        using var pool = Pool();
        var result = Read(pool, Write(TwoPixels, columns: 3));
        Assert.Equal(NotScoredReason.Corrupt, result.Reason);
        Assert.Contains("2 × 1", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void H04_every_cut_of_a_codestream_is_corrupt_and_the_process_lives_on()
    {
        using var pool = Pool();
        _ = Pixels(Read(pool, Write(TwoPixels)));
        var process = Assert.Single(pool.IdleProcesses);
        for (var length = 2; length < TwoPixels.Length - 3; length += 2)
            Assert.Equal(NotScoredReason.Corrupt, Read(pool, Write(TwoPixels[..length])).Reason);
        Assert.Equal([process], pool.IdleProcesses);
    }

    [Fact]
    public void H14_a_process_that_was_killed_costs_nothing_but_a_new_one()
    {
        using var pool = Pool();
        var path = Write(TwoPixels);
        _ = Pixels(Read(pool, path));
        var first = Assert.Single(pool.IdleProcesses);
        Signal(first, "KILL");
        Assert.Equal([130, 129], Pixels(Read(pool, path)));
        Assert.NotEqual(first, Assert.Single(pool.IdleProcesses));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public void A_stop_of_the_whole_group_does_not_end_a_process_that_its_worker_still_needs(string signal)
    {
        using var pool = Pool();
        var path = Write(TwoPixels);
        _ = Pixels(Read(pool, path));
        var process = Assert.Single(pool.IdleProcesses);
        Signal(process, signal);
        Assert.Equal([130, 129], Pixels(Read(pool, path)));
        Assert.Equal([process], pool.IdleProcesses);
    }

    [Fact]
    public void Dead_processes_that_wait_cost_no_image()
    {
        using var pool = Pool(o => o with { Processes = 2 });
        var path = Write(TwoPixels);
        using (var first = Read(pool, path).Value)
        using (var second = Read(pool, path).Value)
        {
            Assert.NotNull(first);
            Assert.NotNull(second);
        }

        foreach (var process in pool.IdleProcesses)
            Signal(process, "KILL");
        Assert.Equal([130, 129], Pixels(Read(pool, path)));
    }

    [Fact]
    public void A_process_that_hangs_is_ended_at_its_time_limit_and_the_frame_tried_again()
    {
        using var pool = Pool(o => o with { Limit = TimeSpan.FromSeconds(5) });
        var path = Write(TwoPixels);
        _ = Pixels(Read(pool, path));
        var first = Assert.Single(pool.IdleProcesses);
        Signal(first, "STOP");
        Assert.Equal([130, 129], Pixels(Read(pool, path)));
        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{first}")));
    }

    [Theory]
    [InlineData("exit 0", "ended before it was ready")]
    [InlineData("exec sleep 600", "was not ready after")]
    public void A_program_that_is_no_decoding_process_is_the_installations_fault(string script, string says)
    {
        var program = _pictures.Write("#!/bin/sh\n"u8.ToArray().Concat(System.Text.Encoding.ASCII.GetBytes(script)).ToArray());
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var pool = Pool(o => o with { Program = program, StartLimit = TimeSpan.FromMilliseconds(500) });
        var error = Assert.Throws<DecodingUnavailableException>(() => Read(pool, Write(TwoPixels)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Throws<DecodingUnavailableException>(() => Read(pool, Write(TwoPixels))); // and the place in the pool is free again
    }

    [Fact]
    public void A_balloon_bursts_in_its_process_and_costs_one_image()
    {
        const int Side = 8000; // 64 million samples of two bytes do not fit 64 MiB
        using var pool = Pool(o => o with { MemoryBytes = 64L << 20 });
        byte[] claim = [.. TwoPixels];
        (claim[7], claim[8], claim[9], claim[10]) = (Side >> 8, Side & 0xFF, Side >> 8, Side & 0xFF);
        Assert.Equal(NotScoredReason.Codec, Read(pool, Write(claim, Side, Side)).Reason);
        Assert.Equal([130, 129], Pixels(Read(pool, Write(TwoPixels))));
    }

    [Fact]
    public void A_process_inherits_no_secret_and_can_write_no_file()
    {
        Environment.SetEnvironmentVariable("PACSAI_TEST_ONLY", "secret");
        using var pool = Pool();
        _ = Pixels(Read(pool, Write(TwoPixels)));
        var process = string.Create(CultureInfo.InvariantCulture, $"/proc/{Assert.Single(pool.IdleProcesses)}");
        Assert.DoesNotContain("secret", File.ReadAllText(Path.Combine(process, "environ")), StringComparison.Ordinal);
        var limits = File.ReadAllLines(Path.Combine(process, "limits"));
        Assert.Matches(@"Max file size\s+0\s+0", limits.Single(l => l.StartsWith("Max file size", StringComparison.Ordinal)));
    }

    private static void Signal(int process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
