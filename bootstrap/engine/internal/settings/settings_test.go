package settings

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestServerSettingsAcceptTheFormsOfK3s(t *testing.T) {
	got, problems := parse([]byte(`
token: a phrase with blanks
node-name: master
node-ip: 192.168.56.10
tls-san: one.example,10.0.0.1
disable: [traefik, servicelb]
node-label:
  - tier=first
kubelet-arg: --max-pods=50
kube-controller-manager-arg: [node-monitor-grace-period=20s]
kube-apiserver-arg: [v=2]
write-kubeconfig-mode: 0644
secrets-encryption: true
`), Server, "host")
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	want := Settings{
		Token: "a phrase with blanks", NodeName: "master", NodeIP: netip.MustParseAddr("192.168.56.10"),
		TLSSANs: []string{"one.example", "10.0.0.1"}, Disable: []string{"traefik", "servicelb"},
		NodeLabels: []string{"tier=first"}, KubeletArgs: []string{"max-pods=50"},
		ControllerManagerArgs: []string{"node-monitor-grace-period=20s"}, APIServerArgs: []string{"v=2"},
		KubeconfigMode: 0o644, SecretsEncryption: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEmptyFileGivesDefaults(t *testing.T) {
	got, problems := parse(nil, Server, "Host-1")
	if len(problems) > 0 || got.NodeName != "host-1" || got.KubeconfigMode != 0o600 {
		t.Errorf("got %+v, problems %v", got, problems)
	}
}

func TestQuotedModeIsTheSameAsAnUnquotedOne(t *testing.T) {
	for _, text := range []string{`"0644"`, `0644`, `"644"`, `644`, `0o644`} {
		got, problems := parse([]byte("write-kubeconfig-mode: "+text), Server, "host")
		if len(problems) > 0 || got.KubeconfigMode != 0o644 {
			t.Errorf("%s: got %o, problems %v", text, got.KubeconfigMode, problems)
		}
	}
}

func TestProblemsAreReportedWithTheirLines(t *testing.T) {
	for name, test := range map[string]struct {
		role Role
		text string
		want []string
	}{
		"unknown key":          {Server, "bogus: 1", []string{`line 1: unknown key "bogus"`}},
		"key of a server":      {Agent, "server: https://a:6443\ntoken: x\ndisable: coredns", []string{"line 3: disable is no setting of k3s agent"}},
		"key of an agent":      {Server, "server: https://a:6443", []string{"server is no setting of k3s server"}},
		"missing for an agent": {Agent, "", []string{"server is missing", "token is missing"}},
		"several values":       {Server, "token: [a, b]", []string{"line 1: token: one value is expected, not 2"}},
		"nested value":         {Server, "tls-san: {a: b}", []string{"must be a value or a list of values"}},
		"given twice":          {Server, "token: a\ntoken: b", []string{"line 2: token is given twice"}},
		"no mapping":           {Server, "- a", []string{"the file must be a mapping"}},
		"no YAML":              {Server, "a: [b", []string{"not valid YAML"}},
		"address":              {Server, "node-ip: 10.0.0.300", []string{`"10.0.0.300" is not an IPv4 address`}},
		"server URL":           {Agent, "token: x\nserver: a:6443", []string{`"a:6443" is not a URL of the form https://HOST:6443`}},
		"label":                {Server, "node-label: [a]", []string{`"a" is not of the form KEY=VALUE`}},
		"component":            {Server, "disable: dns", []string{`"dns" is not a packaged component`}},
		"mode":                 {Server, "write-kubeconfig-mode: 0999", []string{`"0999" is not a file mode`}},
		"all at once":          {Server, "node-ip: x\nbogus: 1\ndisable: dns", []string{"line 1", "line 2", "line 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := parse([]byte(test.text), test.role, "host")
			if len(problems) != len(test.want) {
				t.Fatalf("got %d problems, want %d: %v", len(problems), len(test.want), problems)
			}
			for i, want := range test.want {
				if !strings.Contains(problems[i], want) {
					t.Errorf("got %q, want %q", problems[i], want)
				}
			}
		})
	}
}

func TestTokenIsNeverRepeatedInAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("token: \" hush\"\nbogus: 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, Server)
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}
