using System.Diagnostics;
using System.Reflection;
using PacsAiWorker.Dicom.Data;

namespace PacsAiWorker.Tests.Dicom.Data;

public class TagDictionaryTests
{
    [Theory]
    [InlineData(0x00100010, Vr.PN, "PatientName", "1")]
    [InlineData(0x00280106, Vr.US, "SmallestImagePixelValue", "1")]
    [InlineData(0x00283006, Vr.OW, "LUTData", "1-n")]
    [InlineData(0x7FE00010, Vr.OW, "PixelData", "1")]
    [InlineData(0x60023000, Vr.OW, "OverlayData", "1")]
    [InlineData(0x601E0010, Vr.US, "OverlayRows", "1")]
    [InlineData(0x50080005, Vr.US, "CurveDimensions", "1")]
    [InlineData(0x00203105, Vr.CS, "SourceImageIDs", "1-n")]
    [InlineData(0x00280412, Vr.LO, "CoefficientCoding", "1-n")]
    [InlineData(0x00000100, Vr.US, "CommandField", "1")]
    public void Tags_of_PS3_6_and_repeating_groups_are_known(uint number, Vr vr, string keyword, string multiplicity)
    {
        DicomTag tag = DicomTag.FromNumber(number);
        Assert.Equal(vr, TagDictionary.VrOf(tag));
        Assert.Equal(keyword, TagDictionary.KeywordOf(tag));
        Assert.Equal(multiplicity, TagDictionary.Find(tag)!.Multiplicity);
    }

    [Fact]
    public void Group_lengths_private_creators_and_unknown_tags_have_their_VR_by_rule()
    {
        Assert.Equal(Vr.UL, TagDictionary.VrOf(new(0x0008, 0)));
        Assert.Equal(Vr.LO, TagDictionary.VrOf(new(0x0009, 0x0010)));
        Assert.Equal(Vr.UN, TagDictionary.VrOf(new(0x0009, 0x1010)));
        Assert.Equal(Vr.UN, TagDictionary.VrOf(new(0x6001, 0x3000)));
        Assert.Equal(Vr.UN, TagDictionary.VrOf(new(0x0008, 0x0003)));
        Assert.Null(TagDictionary.KeywordOf(new(0x0018, 0x0061)));
    }

    [Fact]
    public void Every_tag_that_the_program_names_is_in_the_dictionary_under_its_name()
    {
        foreach (FieldInfo field in typeof(Tags).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.FieldType == typeof(DicomTag)))
        {
            var tag = (DicomTag)field.GetValue(null)!;
            Assert.True(tag.Group == 0xFFFE || TagDictionary.KeywordOf(tag) == field.Name, $"{tag} {field.Name}");
        }
    }

    [Fact]
    public void Rows_stand_in_order_and_choose_among_VRs_that_exist()
    {
        List<DictionaryEntry> all = [.. TagDictionary.All];
        Assert.InRange(all.Count, 4900, 6000);
        List<string> single = [.. all.Select(e => e.Tag).Where(t => !t.Contains('x', StringComparison.Ordinal))];
        Assert.Equal(single.Order(StringComparer.Ordinal), single);
        Assert.All(all, e => Assert.All(e.VrChoice.Split('|'), vr => Assert.NotNull(VrFacts.Parse((byte)vr[0], (byte)vr[1]))));
    }

    [Fact]
    public void Loading_costs_no_more_memory_than_the_text_twice()
    {
        // A second load, without the first call of everything: the table is private, so it is made as the class makes it.
        MethodInfo load = typeof(TagDictionary).GetMethod("Load", BindingFlags.NonPublic | BindingFlags.Static)!;
        load.Invoke(null, null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        load.Invoke(null, null);
        Console.WriteLine($"Dictionary: {watch.Elapsed.TotalMilliseconds:F2} ms, {GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 500_000);
    }
}
