package registries

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
	"github.com/pelletier/go-toml/v2"
)

const example = `
mirrors:
  docker.io:
    endpoint: ["http://10.0.0.1:5000", "mirror.example/proxy/hub"]
  registry.example:5000: {}
  "*":
    endpoint: [https://any.example:8443/v2]
configs:
  mirror.example:
    auth: {username: me, password: 's3"cret\'}
    tls: {ca_file: /etc/ca.crt}
  registry.example:5000:
    tls: {insecure_skip_verify: true}
`

func load(t *testing.T, text string) (Registries, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registries.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

// hostsOf asks containerd's own code what it would ask for images of a registry.
func hostsOf(t *testing.T, r Registries, registry string) []docker.RegistryHost {
	t.Helper()
	path := t.TempDir()
	if err := r.WriteHosts(path); err != nil {
		t.Fatal(err)
	}
	options := config.HostOptions{HostDir: config.HostDirFromRoot(path)}
	hosts, err := config.ConfigureHosts(context.Background(), options)(registry)
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

func urls(hosts []docker.RegistryHost) string {
	var all []string
	for _, host := range hosts {
		all = append(all, host.Scheme+"://"+host.Host+host.Path)
	}
	return strings.Join(all, " ")
}

func TestContainerdAsksMirrorsInTheirOrderAndThenTheRegistry(t *testing.T) {
	withoutCA := strings.Replace(example, "tls: {ca_file: /etc/ca.crt}", "", 1)
	r, err := load(t, withoutCA)
	if err != nil {
		t.Fatal(err)
	}
	for registry, want := range map[string]string{
		"docker.io":             "http://10.0.0.1:5000/v2 https://mirror.example/proxy/hub https://registry-1.docker.io/v2",
		"quay.io":               "https://any.example:8443/v2 https://quay.io/v2",
		"registry.example:5000": "https://registry.example:5000/v2",
	} {
		if got := urls(hostsOf(t, r, registry)); got != want {
			t.Errorf("%s: got %s, want %s", registry, got, want)
		}
	}
}

func TestMirrorOverPlainHTTPIsReached(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer server.Close()
	r, err := load(t, "mirrors: {docker.io: {endpoint: ['"+server.URL+"']}}")
	if err != nil {
		t.Fatal(err)
	}
	host := hostsOf(t, r, "docker.io")[0]
	response, err := host.Client.Get(host.Scheme + "://" + host.Host + host.Path + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusTeapot {
		t.Errorf("got %s", response.Status)
	}
}

func TestCredentialsAndCertificatesAreContainerdsOwn(t *testing.T) {
	r, err := load(t, example)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Plugins map[string]struct {
			Registry struct {
				Configs map[string]struct{ Auth map[string]string }
			}
		}
	}
	if err := toml.Unmarshal([]byte(r.Credentials()), &parsed); err != nil {
		t.Fatal(err)
	}
	auth := parsed.Plugins["io.containerd.cri.v1.images"].Registry.Configs["mirror.example"].Auth
	if auth["username"] != "me" || auth["password"] != `s3"cret\` {
		t.Errorf("got %v", auth)
	}
	hosts := r.Hosts()
	if !strings.Contains(hosts["docker.io"], "mirror.example/proxy/hub\"]\n  capabilities = [\"pull\", \"resolve\"]\n  override_path = true\n  ca = [\"/etc/ca.crt\"]\n") {
		t.Errorf("got %s", hosts["docker.io"])
	}
	if !strings.Contains(hosts["registry.example:5000"], "skip_verify = true") {
		t.Errorf("got %s", hosts["registry.example:5000"])
	}
}

func TestMissingAndEmptyFilesMeanNoMirrors(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "mirrors: {}\n"} {
		r, err := load(t, text)
		if err != nil || len(r.Hosts()) != 0 || r.Credentials() != "" {
			t.Errorf("%q: got %v, %v", text, r, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotUnderstoodIsRefusedWithoutItsSecrets(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"rewrite":     {"mirrors: {docker.io: {endpoint: [a], rewrite: {a: b}}}", "field rewrite not found"},
		"no URL":      {"mirrors: {docker.io: {endpoint: ['ftp://a']}}", "is not a URL"},
		"password":    {"mirrors: {docker.io: {endpoint: ['https://me:hush@a']}}", "must not have a password"},
		"no YAML":     {"mirrors: [", "yaml"},
		"wrong type":  {"configs: {a: {auth: hush}}", "a value of another type"},
		"unprintable": {"configs: {a: {auth: {password: \"hu\\u0007sh\"}}}", "can't be printed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMirrorsThatAreNoMoreAreForgottenAndOthersFilesAreKept(t *testing.T) {
	path := t.TempDir()
	own := filepath.Join(path, "own.example")
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "hosts.toml"), []byte("server = \"https://own.example\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := load(t, example)
	if err != nil {
		t.Fatal(err)
	}
	for _, registries := range []Registries{r, {}} {
		if err := registries.WriteHosts(path); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(path, "*"))
	if err != nil || len(left) != 1 || left[0] != own {
		t.Errorf("got %v, %v", left, err)
	}
}
