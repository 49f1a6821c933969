using System.Text.Json;
using System.Text.Json.Nodes;

namespace PacsAiWorker.EndToEnd.Servers;

/// <summary>Orthanc as the PACS: a fresh store for each instance, asked over REST.</summary>
internal sealed class OrthancServer : IAsyncDisposable
{
    public const string AeTitle = "ORTHANC";

    private readonly TempFolder _folder = new("orthanc");
    private readonly HttpClient _http;
    private Child? _server;

    private OrthancServer()
    {
        DicomPort = Ports.Free();
        HttpPort = Ports.Free();
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}/") };
    }

    public int DicomPort { get; }

    /// <summary>Its DICOMweb service, where the plugin is loaded.</summary>
    public string Web => $"http://127.0.0.1:{HttpPort}/dicom-web";

    /// <summary>The DICOMweb plugin, for the setting Plugins.</summary>
    public static string WebPlugin => Tool.Find("/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "orthanc-dicomweb");

    private int HttpPort { get; }

    /// <param name="more">Settings of Orthanc's own beyond those that every test has.</param>
    public static OrthancServer Prepared(IReadOnlyDictionary<string, object>? more = null)
    {
        Tool.Find("/usr/sbin/Orthanc", "orthanc");
        var server = new OrthancServer();
        var settings = new Dictionary<string, object>
        {
            ["Name"] = "CI",
            ["StorageDirectory"] = server._folder.Folder("store"),
            ["IndexDirectory"] = server._folder.Folder("store"),
            ["DicomAet"] = AeTitle,
            ["DicomPort"] = server.DicomPort,
            ["HttpPort"] = server.HttpPort,
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = false,
            ["DicomCheckCalledAet"] = true,
            ["OverwriteInstances"] = false,
            ["StableAge"] = 2,
            ["Plugins"] = Array.Empty<string>(),
        };
        foreach (var (key, value) in more ?? new Dictionary<string, object>())
        {
            settings[key] = value;
        }

        File.WriteAllText(server._folder["orthanc.json"], JsonSerializer.Serialize(settings));
        return server;
    }

    public async Task StartAsync()
    {
        _server = Child.Start("/usr/sbin/Orthanc", [_folder["orthanc.json"]]);
        await Until.HoldsAsync("Orthanc answers", async () =>
        {
            try
            {
                return !_server.HasExited ? (await _http.GetAsync("system")).IsSuccessStatusCode : throw new InvalidOperationException(_server.Log);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, () => Task.FromResult(_server.Log));
    }

    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    /// <summary>SOP Instance UID → Orthanc's id, of everything it holds.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InstancesAsync()
    {
        var all = JsonNode.Parse(await _http.GetStringAsync("instances?expand"))!.AsArray();
        return all.ToDictionary(i => i!["MainDicomTags"]!["SOPInstanceUID"]!.GetValue<string>(), i => i!["ID"]!.GetValue<string>());
    }

    /// <summary>The file of one instance, by Orthanc's own id.</summary>
    public Task<byte[]> FileAsync(string id) => _http.GetByteArrayAsync($"instances/{id}/file");

    /// <summary>Downloads every instance as a file named by its SOP Instance UID.</summary>
    public async Task<IReadOnlyList<string>> DownloadAsync(string folder)
    {
        var files = new List<string>();
        foreach (var (sop, id) in await InstancesAsync())
        {
            files.Add(Path.Combine(folder, sop + ".dcm"));
            await File.WriteAllBytesAsync(files[^1], await FileAsync(id));
        }

        return files;
    }

    /// <summary>Orthanc sends instances (its own ids) to a modality of its configuration.</summary>
    public async Task SendAsync(string modality, IEnumerable<string> instances)
    {
        using var body = new StringContent(JsonSerializer.Serialize(instances));
        var answer = await _http.PostAsync($"modalities/{modality}/store", body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{await answer.Content.ReadAsStringAsync()}\n{_server?.Log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _http.Dispose();
        _folder.Dispose();
    }
}
