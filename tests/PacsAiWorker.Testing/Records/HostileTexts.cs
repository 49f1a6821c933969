namespace PacsAiWorker.Testing.Records;

/// <summary>What may stand in a text of an image or a message and must never become more than text on a page.</summary>
public static class HostileTexts
{
    public static readonly IReadOnlyList<string> All =
    [
        "<script>window.hit=1</script>",
        "\"><img src=x onerror=window.hit=1>",
        "'><svg/onload=window.hit=1>",
        "javascript:window.hit=1",
        "</title><script>window.hit=1</script>",
        "{{constructor.constructor('window.hit=1')()}}",
        "<a href=\"javascript:window.hit=1\">x</a>",
        "<iframe srcdoc=\"<script>parent.hit=1</script>\"></iframe>",
        "\u202Egnp.exe\u202C",
        "=HYPERLINK(\"http://example.invalid\")",
        "&lt;script&gt;window.hit=1&lt;/script&gt;",
        "`;window.hit=1;//",
        "hx-get=/x\" hx-trigger=\"load",
    ];
}
