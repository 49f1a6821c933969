using System.Text;
using PacsAiWorker.Inference.Imaging;

namespace PacsAiWorker.Tests.Inference.Imaging;

public sealed class NpyFileTests
{
    /// <summary>The bytes that numpy.save writes.</summary>
    [Fact]
    public void A_small_array_is_written_as_NumPy_writes_it()
    {
        const string Header = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 1, ), }";
        var file = Written<ushort>([1, 0x0203], 2, 1);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0, 0x76, 0], file[..10]);
        Assert.Equal(Header.PadRight(117) + "\n", Encoding.ASCII.GetString(file, 10, 118));
        Assert.Equal([1, 0, 3, 2], file[128..]);
    }

    [Fact]
    public void Values_begin_at_a_multiple_of_64_bytes_whatever_the_shape()
    {
        for (var axes = 1; axes < 30; axes++)
            Assert.Equal(0, (Written<double>([1], [.. Enumerable.Repeat(1, axes)]).Length - sizeof(double)) % 64);
    }

    [Fact]
    public void A_shape_that_does_not_fit_and_a_type_that_NumPy_has_not_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Written<float>([1, 2], 3));
        Assert.Throws<ArgumentException>(() => Written<Guid>([Guid.Empty], 1));
    }

    private static byte[] Written<T>(T[] values, params int[] shape)
        where T : unmanaged
    {
        using var bytes = new MemoryStream();
        NpyFile.Write<T>(bytes, values, shape);
        return bytes.ToArray();
    }
}
