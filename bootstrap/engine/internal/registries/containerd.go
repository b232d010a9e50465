package registries

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"orchestrator/engine/internal/files"
)

const header = "# Written by k3s at every start.\n"

// Hosts returns a hosts.toml for each registry that has mirrors or a
// certificate of its own, by the name of its folder (containerd's
// docs/hosts.md). The registry itself comes last and needs no entry.
func (r Registries) Hosts() map[string]string {
	hosts := map[string]string{}
	for registry, access := range r.Configs {
		if access.TLS != nil {
			hosts[folder(registry)] = header + tlsLines(access.TLS, "")
		}
	}
	for registry, mirror := range r.Mirrors {
		if len(mirror.Endpoints) == 0 {
			continue
		}
		text := header + tlsLines(r.Configs[registry].TLS, "")
		for _, endpoint := range mirror.Endpoints {
			text += r.host(endpoint)
		}
		hosts[folder(registry)] = text
	}
	return hosts
}

func (r Registries) host(endpoint string) string {
	parsed, err := parseEndpoint(endpoint)
	if err != nil {
		return "" // Load has refused it
	}
	var lines strings.Builder
	path := strings.TrimRight(parsed.Path, "/")
	override := ""
	if path == "" || path == "/v2" {
		path = "/v2"
	} else {
		// The whole path to the API is given, as for K3s.
		override = "  override_path = true\n"
	}
	fmt.Fprintf(&lines, "\n[host.%s]\n  capabilities = [\"pull\", \"resolve\"]\n%s",
		strconv.Quote(parsed.Scheme+"://"+parsed.Host+path), override)
	lines.WriteString(tlsLines(r.Configs[parsed.Host].TLS, "  "))
	return lines.String()
}

func tlsLines(tls *TLS, indent string) string {
	if tls == nil {
		return ""
	}
	var lines strings.Builder
	if tls.CAFile != "" {
		fmt.Fprintf(&lines, "%sca = [%s]\n", indent, strconv.Quote(tls.CAFile))
	}
	if tls.CertFile != "" || tls.KeyFile != "" {
		fmt.Fprintf(&lines, "%sclient = [[%s, %s]]\n", indent, strconv.Quote(tls.CertFile), strconv.Quote(tls.KeyFile))
	}
	if tls.InsecureSkipVerify {
		fmt.Fprintf(&lines, "%sskip_verify = true\n", indent)
	}
	return lines.String()
}

// folder is the name under which containerd looks for a registry.
func folder(registry string) string {
	if registry == "*" {
		return "_default"
	}
	return registry
}

// Credentials returns the tables of containerd's configuration that hold what
// registries know the node by.
func (r Registries) Credentials() string {
	var tables strings.Builder
	for _, registry := range slices.Sorted(maps.Keys(r.Configs)) {
		auth := r.Configs[registry].Auth
		if auth == nil {
			continue
		}
		fmt.Fprintf(&tables, "\n[plugins.\"io.containerd.cri.v1.images\".registry.configs.%s.auth]\n", strconv.Quote(registry))
		for _, entry := range []struct{ key, value string }{
			{"username", auth.Username}, {"password", auth.Password},
			{"auth", auth.Auth}, {"identitytoken", auth.IdentityToken},
		} {
			if entry.value != "" {
				fmt.Fprintf(&tables, "  %s = %s\n", entry.key, strconv.Quote(entry.value))
			}
		}
	}
	return tables.String()
}

// WriteHosts writes what Hosts returns below path, and removes what an earlier
// start has written and this one doesn't. What somebody else has put there
// stays.
func (r Registries) WriteHosts(path string) error {
	hosts := r.Hosts()
	written, err := filepath.Glob(filepath.Join(path, "*", "hosts.toml"))
	if err != nil {
		return err
	}
	for _, file := range written {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		_, wanted := hosts[filepath.Base(filepath.Dir(file))]
		if !wanted && strings.HasPrefix(string(text), header) {
			if err := os.RemoveAll(filepath.Dir(file)); err != nil {
				return err
			}
		}
	}
	for name, text := range hosts {
		if err := files.Replace(filepath.Join(path, name, "hosts.toml"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
