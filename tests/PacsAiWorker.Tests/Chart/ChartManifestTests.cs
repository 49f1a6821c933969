using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace PacsAiWorker.Tests.Chart;

/// <summary>The rendered objects fit together, and the pod keeps the rules for restricted pods and for the spool.</summary>
public sealed partial class ChartManifestTests
{
    private const string ExternalSecret = "pacs-ai-worker-secrets";

    public static TheoryData<string> Renderings => [.. GoldenManifest.Names];

    [Theory]
    [MemberData(nameof(Renderings))]
    public void The_golden_manifest_is_that_of_this_chart(string name) => GoldenManifest.Read(name).RequireFresh();

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Selectors_find_the_pod(string name)
    {
        var manifest = GoldenManifest.Read(name);
        var pod = manifest.StatefulSet.Labels("spec/template/metadata/labels");
        List<IReadOnlyDictionary<string, string>> selectors =
        [
            manifest.StatefulSet.Labels("spec/selector/matchLabels"),
            .. manifest.Of("Service").Select(s => s.Labels("spec/selector")),
            .. manifest.Of("PodDisruptionBudget").Select(s => s.Labels("spec/selector/matchLabels")),
            .. manifest.Of("NetworkPolicy").Select(s => s.Labels("spec/podSelector/matchLabels")),
        ];

        Assert.Equal(7, selectors.Count);
        Assert.All(selectors, selector =>
        {
            Assert.NotEmpty(selector);
            Assert.All(selector, label => Assert.Equal(label.Value, pod.GetValueOrDefault(label.Key)));
            Assert.DoesNotContain(selector.Keys, k => k.Contains("version", StringComparison.Ordinal) || k.Contains("chart", StringComparison.Ordinal));
        });
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Ports_are_named_and_each_name_exists_in_the_pod(string name)
    {
        var manifest = GoldenManifest.Read(name);
        var ports = manifest.Pod.Items("containers").SelectMany(c => c.Items("ports")).Select(p => p.Text("name")!).ToList();
        Assert.Equal(["dicom", "admin", "web"], ports);
        Assert.All(ports, p => Assert.True(p.Length <= 15));
        Assert.All(manifest.Of("Service").SelectMany(s => s.Items("spec/ports")), p => Assert.Contains(p.Text("targetPort"), ports));
        Assert.All(manifest.Of("NetworkPolicy").SelectMany(n => n.Items("spec/ingress")).SelectMany(r => r.Items("ports")), p => Assert.Contains(p.Text("port"), ports));
        var worker = manifest.Pod.Items("containers").Single();
        foreach (var (probe, path) in new[] { ("startupProbe", "/health/started"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready") })
        {
            Assert.Equal(path, worker.Text($"{probe}/httpGet/path"));
            Assert.Equal("admin", worker.Text($"{probe}/httpGet/port"));
        }
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Whatever_is_named_exists(string name)
    {
        var manifest = GoldenManifest.Read(name);
        var claims = manifest.StatefulSet.Items("spec/volumeClaimTemplates").Select(c => c.Text("metadata/name"));
        var volumes = manifest.Pod.Items("volumes").Select(v => v.Text("name")).Concat(claims).ToList();
        var configMaps = manifest.Of("ConfigMap").Select(c => c.Text("metadata/name")).ToList();

        Assert.All(manifest.Containers.SelectMany(c => c.Items("volumeMounts")), m => Assert.Contains(m.Text("name"), volumes));
        Assert.All(manifest.Pod.Items("volumes").Select(v => v.Text("configMap/name")).OfType<string>(), c => Assert.Contains(c, configMaps));
        Assert.All(manifest.Containers.SelectMany(c => c.Items("env")).Select(e => e.Text("valueFrom/secretKeyRef/name")), s => Assert.Equal(ExternalSecret, s));
        var headless = Assert.Single(manifest.Of("Service"), s => s.Text("metadata/name") == manifest.StatefulSet.Text("spec/serviceName"));
        Assert.Equal("None", headless.Text("spec/clusterIP"));
        Assert.Equal(manifest.Objects.Count, manifest.Objects.Select(o => (o.Text("kind"), o.Text("metadata/name"))).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void The_spool_lies_on_a_claim_and_the_one_empty_folder_is_tmp(string name)
    {
        var manifest = GoldenManifest.Read(name);
        Assert.Equal("1", manifest.StatefulSet.Text("spec/replicas"));
        Assert.Equal("data", Assert.Single(manifest.StatefulSet.Items("spec/volumeClaimTemplates")).Text("metadata/name"));
        var empty = Assert.Single(manifest.Pod.Items("volumes"), v => v.At("emptyDir") is not null);
        var mounts = manifest.Containers.SelectMany(c => c.Items("volumeMounts")).ToList();
        Assert.All(mounts.Where(m => m.Text("name") == empty.Text("name")), m => Assert.Equal("/tmp", m.Text("mountPath")));
        Assert.All(mounts.Where(m => m.Text("name") == "config"), m => Assert.Equal("true", m.Text("readOnly")));
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void The_pod_keeps_the_rules_of_restricted_pods(string name)
    {
        var manifest = GoldenManifest.Read(name);
        Assert.Equal("false", manifest.Pod.Text("automountServiceAccountToken"));
        Assert.Equal("1654", manifest.Pod.Text("securityContext/fsGroup"));
        Assert.Equal("RuntimeDefault", manifest.Pod.Text("securityContext/seccompProfile/type"));
        foreach (var forbidden in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            Assert.Null(manifest.Pod.At(forbidden));
        }

        Assert.All(manifest.Pod.Items("volumes"), v => Assert.Null(v.At("hostPath")));
        Assert.All(manifest.Containers, c =>
        {
            Assert.Equal("true", c.Text("securityContext/runAsNonRoot"));
            Assert.Equal("1654", c.Text("securityContext/runAsUser"));
            Assert.Equal("true", c.Text("securityContext/readOnlyRootFilesystem"));
            Assert.Equal("false", c.Text("securityContext/allowPrivilegeEscalation"));
            Assert.Equal(["ALL"], c.Texts("securityContext/capabilities/drop"));
            Assert.Null(c.At("securityContext/privileged"));
            Assert.NotNull(c.Text("resources/limits/memory"));
        });
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Labels_and_names_are_ones_that_kubernetes_takes(string name)
    {
        foreach (var item in GoldenManifest.Read(name).Objects)
        {
            Assert.Matches(DnsName(), item.Text("metadata/name")!);
            Assert.Equal("pacsai", item.Text("metadata/namespace"));
            Assert.All(item.Labels("metadata/labels").Values, value => Assert.Matches(LabelValue(), value));
        }
    }

    [Fact]
    public void The_network_policy_lets_in_the_carts_and_the_PACS_that_reports_commitment_and_lets_out_what_is_configured()
    {
        var policy = GoldenManifest.Read("postgres-rabbitmq").Single("NetworkPolicy");
        Assert.Equal(["Ingress", "Egress"], policy.Texts("spec/policyTypes"));
        Assert.Equal(["192.0.2.11/32", "192.0.2.12/32", "198.51.100.20/32"], policy.Items("spec/ingress").First().Items("from").Select(f => f.Text("ipBlock/cidr")));
        Assert.Equal(["53 53", "11112", "5432", "5672"], policy.Items("spec/egress").Select(r => string.Join(' ', r.Items("ports").Select(p => p.Text("port")))));
        Assert.All(policy.Items("spec/egress"), rule => Assert.IsType<YamlSequenceNode>(rule.At("to")));
    }

    [Fact]
    public void Postgres_is_migrated_before_the_worker_starts_and_sqlite_by_the_worker_itself()
    {
        Assert.Equal("migrate", Assert.Single(GoldenManifest.Read("postgres-rabbitmq").Pod.Items("initContainers")).Text("name"));
        Assert.Empty(GoldenManifest.Read("default").Pod.Items("initContainers"));
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex DnsName();

    [GeneratedRegex("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();
}
