using PacsAiWorker.Configuration;
using PacsAiWorker.Native.OnnxRuntime;
using PacsAiWorker.Pipeline.Scoring;

namespace PacsAiWorker.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    private WorkerOptions Load(string json)
    {
        File.WriteAllText(_file, json);
        return ConfigurationLoader.Load(_file).Options;
    }

    private string Problem(string json) => string.Join('\n', Assert.Throws<ConfigurationException>(() => Load(json)).Problems);

    [Fact]
    public void Defaults_are_embedded_and_on_loopback()
    {
        var options = Load("{}");
        Assert.Equal(("all", "PACSAI", 11112, "127.0.0.1", "sqlite", "inprocess"), (options.Roles, options.Dicom.AeTitle, options.Dicom.Port, options.Dicom.Bind, options.Database.Provider, options.Messaging.Transport));
        Assert.True(options.Dicom.AcceptsUnknown);
    }

    [Fact]
    public void Lists_and_dictionaries_are_read()
    {
        var options = Load("""{ "Dicom": { "Callers": [{ "AeTitle": "US1", "Site": "north" }] }, "Models": { "Stages": { "demo-phantom": "report" } } }""");
        Assert.Equal("north", options.Dicom.Callers[0].Site);
        Assert.Equal("report", options.Models.StageOf("demo-phantom", "1.0.0", leads: true));
    }

    [Theory]
    [InlineData("""{ "Dicomm": { "Port": 1 } }""", "Dicomm is not a known key")]
    [InlineData("""{ "Models": { "FlagBudgets": [{ "Model": "kidney", "FlagsPerDay": 0 }] } }""", "Models:FlagBudgets:0:FlagsPerDay is 0: studies flagged in a day at most, 1 to 100000")]
    [InlineData("""{ "Models": { "FlagBudgets": [{ "Model": "kidney", "FlagsPerDay": 9 }, { "Model": "kidney", "FlagsPerDay": 8 }] } }""", "Models:FlagBudgets:1:Model is \"kidney\"")]
    [InlineData("""{ "Models": { "Priorities": [{ "Model": "kidney", "Priority": "TP0" }] } }""", "Models:Priorities:0:Priority is \"TP0\": TP1 (critical)")]
    [InlineData("""{ "Models": { "Priorities": [{ "Model": "kidney", "Priority": "TP1" }, { "Model": "kidney", "Priority": "TP2" }] } }""", "Models:Priorities:1:Model is \"kidney\"")]
    [InlineData("""{ "Worklist": { "Ups": { "Enabled": true, "Host": "ris" } } }""", "Worklist:Ups:Host is \"ris\", Worklist:Ups:AeTitle \"\"")]
    [InlineData("""{ "Worklist": { "Ups": { "Elevated": "LOW" } } }""", "Worklist:Ups:Elevated is \"LOW\": MEDIUM, HIGH or off")]
    [InlineData("""{ "Worklist": { "Mwl": { "Expect": true } } }""", "Worklist:Mwl:Expect is true while Worklist:Mwl:Host is empty")]
    [InlineData("""{ "Worklist": { "Mwl": { "ExpectedAfterMinutes": 1 } } }""", "Worklist:Mwl:ExpectedAfterMinutes is 1: 5 to 1440")]
    [InlineData("""{ "Watch": { "SilentMinutes": 1 } }""", "Watch:SilentMinutes 1: 5 to 10080")]
    [InlineData("""{ "Dicom": { "Prot": 1 } }""", "Dicom:Prot is not a known key: here stand AcceptUnknownCallers, AeTitle")]
    [InlineData("""{ "Dicom": { "Callers": [{ "Title": "US1" }] } }""", "Dicom:Callers:0:Title is not a known key")]
    [InlineData("""{ "Dicom": { "Tls": { "Enabled": true } } }""", "Dicom:Tls:CertificatePath is empty while Dicom:Tls:Enabled is true: name the PEM file")]
    [InlineData("""{ "Dicom": { "Tls": { "Enabled": true, "CertificatePath": "none.pem" } } }""", "Dicom:Tls:CertificatePath is \"none.pem\": there is no such file")]
    [InlineData("""{ "Dicom": { "Tls": { "Enabled": true, "Profile": "ssl3" } } }""", "Dicom:Tls:Profile is \"ssl3\": bcp195 or bcp195-256")]
    [InlineData("""{ "Dicom": { "Tls": { "Enabled": true } } }""", "Dicom:Tls:ClientCaPath is empty while Dicom:Tls:RequireClientCertificate is true: name the PEM file with the CAs of the carts' certificates, or set RequireClientCertificate to false")]
    [InlineData("""{ "Dicom": { "Tls": { "Passphrase": "x" } } }""", "Dicom:Tls:Passphrase is not a known key")]
    [InlineData("""{ "Dicom": { "MaxOutstandingRequests": 0 } }""", "Dicom:MaxOutstandingRequests is 0")]
    [InlineData("""{ "Dicom": { "Destinations": [{ "Name": "a", "AeTitle": "A", "Host": "h", "Tls": { "Enabled": true, "CaPath": "none.pem" } }] } }""", "Dicom:Destinations:0:Tls:CaPath is \"none.pem\"")]
    [InlineData("""{ "Dicom": { "Port": "abc" } }""", "Dicom:Port")]
    [InlineData("""{ "Dicom": { "AeTitle": "SEVENTEEN_LETTERS" } }""", "Dicom:AeTitle is \"SEVENTEEN_LETTERS\": 1 to 16")]
    [InlineData("""{ "Dicom": { "Bind": "0.0.0.0", "AcceptUnknownCallers": true } }""", "Dicom:AcceptUnknownCallers is true while Dicom:Bind is 0.0.0.0")]
    [InlineData("""{ "Dicom": { "Bind": "0.0.0.0" } }""", "Dicom:Callers is empty while Dicom:Bind is 0.0.0.0")]
    [InlineData("""{ "Database": { "Provider": "oracle" } }""", "Database:Provider is \"oracle\": sqlite or postgres")]
    [InlineData("""{ "Database": { "Provider": "postgres" } }""", "Database:ConnectionString is empty")]
    [InlineData("""{ "Messaging": { "Transport": "rabbitmq" } }""", "Messaging:Uri must be amqp://")]
    [InlineData("""{ "Worklist": { "Hl7": { "Enabled": true } } }""", "Worklist:Hl7:Host is \"\" and Worklist:Hl7:Port 2575 while Worklist:Hl7:Enabled is true: name the receiver")]
    [InlineData("""{ "Worklist": { "Hl7": { "ElevatedLetter": "S" } } }""", "Worklist:Hl7:ElevatedLetter is \"S\": A, T, R or off")]
    [InlineData("""{ "Worklist": { "Hl7": { "MaxStudyAgeDays": 0 } } }""", "Worklist:Hl7:MaxStudyAgeDays is 0 (1 to 365)")]
    [InlineData("""{ "Worklist": { "Hl7": { "Tls": { "Enabled": true, "CaPath": "none.pem" } } } }""", "Worklist:Hl7:Tls:CaPath is \"none.pem\"")]
    [InlineData("""{ "Worklist": { "Hl7": { "Listen": { "Enabled": true, "Bind": "0.0.0.0" } } } }""", "Worklist:Hl7:Listen:Senders is empty while Worklist:Hl7:Listen:Bind is 0.0.0.0")]
    [InlineData("""{ "Worklist": { "Hl7": { "Listen": { "Senders": [{ "Address": "ris" }] } } } }""", "Worklist:Hl7:Listen:Senders:0:Address is \"ris\": give an IP address")]
    [InlineData("""{ "Worklist": { "Mwl": { "Host": "ris" } } }""", "Worklist:Mwl:AeTitle is \"\"")]
    [InlineData("""{ "Models": { "Stages": { "x": "yes" } } }""", "Models:Stages:x is \"yes\": observe, report, prioritise")]
    [InlineData("""{ "Inference": { "Provider": "vulkan" } }""", "Inference:Provider is \"vulkan\": auto, cpu, cuda or tensorrt")]
    [InlineData("""{ "Inference": { "Precision": "half" } }""", "Inference:Precision is \"half\": fp32, tf32 or fp16")]
    [InlineData("""{ "Inference": { "Provider": "cuda", "Precision": "fp16" } }""", "Inference:Precision is fp16 while Inference:Provider is cuda: only tensorrt")]
    [InlineData("""{ "Inference": { "Provider": "cpu", "Precision": "tf32" } }""", "Inference:Precision is tf32 while Inference:Provider is cpu")]
    [InlineData("""{ "Inference": { "Provider": "cpu", "RequireGpu": true } }""", "Inference:RequireGpu is true while Inference:Provider is cpu: nothing could score")]
    [InlineData("""{ "Inference": { "Provider": "tensorrt" } }""", "Inference:EngineCache is empty while Inference:Provider is tensorrt")]
    [InlineData("""{ "Inference": { "CudaDevice": -1 } }""", "Inference:CudaDevice is -1: 0 to 255")]
    [InlineData("""{ "Inference": { "GpuMemoryMegabytes": -1 } }""", "Inference:GpuMemoryMegabytes is -1: 0 (all)")]
    [InlineData("""{ "Inference": { "CudnnSearch": "all" } }""", "Inference:CudnnSearch is \"all\": heuristic, exhaustive or default")]
    [InlineData("""{ "Studies": { "QuietSeconds": 0 } }""", "Studies:QuietSeconds is 0 (1 to 3600)")]
    [InlineData("""{ "Work": { "RenewSeconds": 40 } }""", "Work:RenewSeconds 40")]
    [InlineData("""{ "Spool": { "Retention": { "Days": -1 } } }""", "Spool:Retention:Days is -1: 0 (for ever)")]
    [InlineData("""{ "Roles": "receive,fly" }""", "Roles names \"fly\": allowed are all, receive, score, report, deliver")]
    [InlineData("""{ "Roles": "receive,score" }""", "several processes need rabbitmq")]
    [InlineData("""{ "Site": { "TimeZone": "Mars/Olympus" } }""", "Site:TimeZone is \"Mars/Olympus\"")]
    public void A_wrong_setting_is_named_with_its_key_and_the_remedy(string json, string expected) => Assert.Contains(expected, Problem(json), StringComparison.Ordinal);

    [Fact]
    public void A_GPU_s_settings_reach_the_runtime()
    {
        var options = Load("""{ "Inference": { "Provider": "tensorrt", "Precision": "fp16", "RequireGpu": false, "CudaDevice": 1, "GpuMemoryMegabytes": 2, "CudnnSearch": "exhaustive", "EngineCache": "/engines" } }""");
        var runtime = ModelShelf.Runtime(options.Inference, options.Models);
        Assert.Equal((OrtProvider.TensorRt, OrtPrecision.Fp16, false, 1), (runtime.Provider, runtime.Precision, runtime.RequireGpu, runtime.CudaDevice));
        Assert.Equal((2L << 20, OrtConvSearch.Exhaustive, "/engines"), (runtime.GpuMemoryBytes, runtime.CudnnSearch, runtime.EngineCache));
        Assert.Equal((OrtProvider.Auto, OrtPrecision.Fp32, null), (ModelShelf.Runtime(new(), new()).Provider, ModelShelf.Runtime(new(), new()).Precision, ModelShelf.Runtime(new(), new()).RequireGpu));
    }

    [Fact]
    public void Carts_that_need_no_certificate_need_no_CA() =>
        Assert.DoesNotContain("ClientCaPath", Problem("""{ "Dicom": { "Tls": { "Enabled": true, "RequireClientCertificate": false } } }"""), StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("/nowhere.json", Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load("/nowhere.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once() =>
        Assert.Equal(2, Assert.Throws<ConfigurationException>(() => Load("""{ "Dicom": { "Port": 70000 }, "Database": { "Provider": "x" } }""")).Problems.Count);
}
