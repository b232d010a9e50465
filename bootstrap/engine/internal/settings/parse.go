package settings

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parser collects the settings of one file and all that is wrong with it.
type parser struct {
	role     Role
	settings Settings
	problems []string
}

// key is how one key of the file is read: which roles have it, and how its
// values get into the settings. read returns what is wrong, or "".
type key struct {
	roles []Role
	read  func(*parser, []string) string
}

var (
	bothRoles  = []Role{Server, Agent}
	serverOnly = []Role{Server}
	agentOnly  = []Role{Agent}
)

var keys = map[string]key{
	"token":                       {bothRoles, one(func(s *Settings) *string { return &s.Token }, checkToken)},
	"server":                      {agentOnly, one(func(s *Settings) *string { return &s.Server }, checkServer)},
	"node-name":                   {bothRoles, one(func(s *Settings) *string { return &s.NodeName }, checkNodeName)},
	"node-ip":                     {bothRoles, readNodeIP},
	"tls-san":                     {serverOnly, list(func(s *Settings) *[]string { return &s.TLSSANs }, splitCommas, checkSAN)},
	"disable":                     {serverOnly, list(func(s *Settings) *[]string { return &s.Disable }, splitCommas, checkDisable)},
	"node-label":                  {bothRoles, list(func(s *Settings) *[]string { return &s.NodeLabels }, asTheyAre, checkLabel)},
	"kubelet-arg":                 {bothRoles, list(func(s *Settings) *[]string { return &s.KubeletArgs }, withoutDashes, checkArgument)},
	"kube-controller-manager-arg": {serverOnly, list(func(s *Settings) *[]string { return &s.ControllerManagerArgs }, withoutDashes, checkArgument)},
	"kube-apiserver-arg":          {serverOnly, list(func(s *Settings) *[]string { return &s.APIServerArgs }, withoutDashes, checkArgument)},
	"secrets-encryption":          {serverOnly, readSwitch(func(s *Settings) *bool { return &s.SecretsEncryption })},
	"write-kubeconfig-mode":       {serverOnly, readMode},
}

func parse(text []byte, role Role, hostname string) (Settings, []string) {
	p := &parser{role: role, settings: Settings{NodeName: strings.ToLower(hostname), KubeconfigMode: 0o600}}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Settings{}, []string{"not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if len(document.Content) > 0 {
		p.mapping(document.Content[0])
	}
	p.required()
	return p.settings, p.problems
}

func (p *parser) mapping(node *yaml.Node) {
	if isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		p.problem(node, "the file must be a mapping, KEY: VALUE")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		if seen[name.Value] {
			p.problem(name, "%s is given twice", name.Value)
		}
		seen[name.Value] = true
		p.entry(name, node.Content[i+1])
	}
}

func (p *parser) entry(name, value *yaml.Node) {
	known, exists := keys[name.Value]
	switch {
	case !exists:
		p.problem(name, "unknown key %q; known are %s", name.Value, strings.Join(knownKeys(p.role), ", "))
	case !slices.Contains(known.roles, p.role):
		p.problem(name, "%s is no setting of k3s %s", name.Value, p.role)
	default:
		values, wrong := scalars(value)
		if wrong == "" {
			wrong = known.read(p, values)
		}
		if wrong != "" {
			p.problem(value, "%s: %s", name.Value, wrong)
		}
	}
}

func (p *parser) required() {
	if p.role != Agent {
		return
	}
	for name, value := range map[string]string{"server": p.settings.Server, "token": p.settings.Token} {
		if value == "" && !slices.ContainsFunc(p.problems, func(s string) bool { return strings.Contains(s, name+":") }) {
			p.problems = append(p.problems, fmt.Sprintf("%s is missing; an agent needs it", name))
		}
	}
	slices.Sort(p.problems)
}

func (p *parser) problem(node *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf("line %d: ", node.Line)+fmt.Sprintf(format, args...))
}

// scalars returns a scalar or a list of scalars as the file spells them:
// 0644 stays "0644", which YAML would read as a number.
func scalars(node *yaml.Node) (values []string, wrong string) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch {
	case isNull(node):
		return nil, ""
	case node.Kind == yaml.ScalarNode:
		return []string{node.Value}, ""
	case node.Kind != yaml.SequenceNode:
		return nil, "must be a value or a list of values"
	}
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode || isNull(item) {
			return nil, fmt.Sprintf("item %d of the list must be a plain value", len(values)+1)
		}
		values = append(values, item.Value)
	}
	return values, ""
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == "!!null"
}

func knownKeys(role Role) []string {
	var names []string
	for name, known := range keys {
		if slices.Contains(known.roles, role) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
