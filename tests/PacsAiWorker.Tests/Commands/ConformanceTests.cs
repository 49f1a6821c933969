using System.Text.RegularExpressions;
using PacsAiWorker.Commands;
using PacsAiWorker.Dicom.Data;
using PacsAiWorker.Pipeline.Receiving;
using PacsAiWorker.Testing;
using PacsAiWorker.Tests.House;
using Xunit;

namespace PacsAiWorker.Tests.Commands;

/// <summary>docs/conformance-statement.md says what the code does.</summary>
public sealed partial class ConformanceTests
{
    [Fact]
    public void The_statement_holds_each_table_as_the_code_prints_it()
    {
        var path = SourceTree.Path("docs", "conformance-statement.md");
        var text = File.ReadAllText(path);
        var tables = ConformanceTables.All.ToDictionary(t => t.Id);
        Assert.Equal(tables.Keys.Order(), Generated().Matches(text).Select(m => m.Groups["id"].Value).Order());

        var fresh = Generated().Replace(text, m => $"<!-- generated: {m.Groups["id"].Value} -->\n{tables[m.Groups["id"].Value].Markdown()}<!-- end -->");
        if (Environment.GetEnvironmentVariable("PACSAI_REFRESH") == "1")
        {
            File.WriteAllText(path, fresh);
            return;
        }

        Assert.True(text == fresh, "docs/conformance-statement.md is older than the code: run this test with PACSAI_REFRESH=1");
    }

    [Fact]
    public void Each_row_fills_its_columns() => Assert.All(ConformanceTables.All, t => Assert.All(t.Rows, r => Assert.Equal(t.Columns.Count, r.Count)));

    [Fact]
    public void Each_storage_class_and_syntax_that_the_tables_name_is_accepted()
    {
        foreach (var uid in ConformanceTables.All.Single(t => t.Id == "scp").Rows.Select(r => r[1]))
        {
            Assert.True(AcceptedContexts.Decide(new(1, uid, [TransferSyntax.ExplicitVrLittleEndian.Uid])).IsAccepted, uid);
        }

        foreach (var row in ConformanceTables.All.Single(t => t.Id == "syntaxes").Rows)
        {
            Assert.Equal(row[2] == "accepted", AcceptedContexts.Decide(new(1, SopClasses.UltrasoundImage, [row[1]])).IsAccepted);
        }
    }

    [GeneratedRegex("<!-- generated: (?<id>[a-z-]+) -->\n.*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Generated();
}
