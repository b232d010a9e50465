// Package registries reads a node's /etc/rancher/k3s/registries.yaml, as K3s
// does (https://docs.k3s.io/installation/private-registry), and says it in
// containerd's words.
package registries

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Registries are the mirrors of registries, and how registries are entered.
type Registries struct {
	// Mirrors are by the registry that they stand for; "*" is any other.
	Mirrors map[string]Mirror `yaml:"mirrors"`
	// Configs are by HOST or HOST:PORT of a registry or a mirror.
	Configs map[string]Access `yaml:"configs"`
}

// Mirror is where images of a registry are pulled from, before the registry
// itself is asked.
type Mirror struct {
	// Endpoints are URLs; without a scheme, https is meant.
	Endpoints []string `yaml:"endpoint"`
}

// Access is what a registry asks for, and what it is recognised by.
type Access struct {
	Auth *Auth `yaml:"auth"`
	TLS  *TLS  `yaml:"tls"`
}

// Auth is what a registry knows the node by.
type Auth struct {
	Username      string `yaml:"username"`
	Password      string `yaml:"password"`
	Auth          string `yaml:"auth"`
	IdentityToken string `yaml:"identity_token"`
}

// TLS names files on the node.
type TLS struct {
	CAFile             string `yaml:"ca_file"`
	CertFile           string `yaml:"cert_file"`
	KeyFile            string `yaml:"key_file"`
	InsecureSkipVerify bool   `yaml:"insecure_skip_verify"`
}

// Load reads the file. A missing file counts as an empty one.
func Load(path string) (Registries, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Registries{}, fmt.Errorf("read the node's registries: %w", err)
	}
	registries, err := parse(text)
	if err != nil {
		return Registries{}, fmt.Errorf("%s: %w; correct the file and start the service again", path, err)
	}
	return registries, nil
}

func parse(text []byte) (Registries, error) {
	var registries Registries
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	// What K3s has and this has not, such as rewrites, would be missed in silence.
	decoder.KnownFields(true)
	if err := decoder.Decode(&registries); err != nil && !errors.Is(err, io.EOF) {
		// An error of the type of a value repeats the value, which may be a password.
		var wrong *yaml.TypeError
		if errors.As(err, &wrong) {
			return Registries{}, errors.New(strings.Join(withoutValues(wrong.Errors), "; "))
		}
		return Registries{}, err
	}
	return registries, registries.check()
}

// withoutValues cuts what yaml quotes from the file: cannot unmarshal !!str `...`.
func withoutValues(problems []string) []string {
	for i, problem := range problems {
		if before, _, found := strings.Cut(problem, "`"); found {
			problems[i] = before + "a value of another type than is expected"
		}
	}
	return problems
}

func (r Registries) check() error {
	for registry, mirror := range r.Mirrors {
		for _, endpoint := range mirror.Endpoints {
			if _, err := parseEndpoint(endpoint); err != nil {
				return fmt.Errorf("mirrors: %s: %w", registry, err)
			}
		}
	}
	for registry, access := range r.Configs {
		for _, value := range append(access.Auth.values(), access.TLS.values()...) {
			if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
				return fmt.Errorf("configs: %s: a value has characters that can't be printed", registry)
			}
		}
	}
	return nil
}

func (a *Auth) values() []string {
	if a == nil {
		return nil
	}
	return []string{a.Username, a.Password, a.Auth, a.IdentityToken}
}

func (t *TLS) values() []string {
	if t == nil {
		return nil
	}
	return []string{t.CAFile, t.CertFile, t.KeyFile}
}

func parseEndpoint(endpoint string) (*url.URL, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf("%q is not a URL of the form https://HOST:PORT", endpoint)
	}
	if parsed.User != nil {
		return nil, fmt.Errorf("the URL of %s must not have a password in it; it belongs into configs", parsed.Host)
	}
	return parsed, nil
}
