package settings

import (
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// packaged are the components that K3s packages and that may be disabled.
// traefik is accepted, though the engine has none, so that one settings file
// serves both; K3s's "servicelb" is the engine's load balancer.
var packaged = []string{"coredns", "local-storage", "metrics-server", "runtimes", "servicelb", "traefik"}

// one reads a key that has a single value.
func one(field func(*Settings) *string, check func(string) string) func(*parser, []string) string {
	return func(p *parser, values []string) string {
		if len(values) > 1 {
			return fmt.Sprintf("one value is expected, not %d", len(values))
		}
		if len(values) == 0 || values[0] == "" {
			return "must not be empty"
		}
		*field(&p.settings) = values[0]
		return check(values[0])
	}
}

// list reads a key that has one or several values.
func list(field func(*Settings) *[]string, split func(string) []string, check func(string) string) func(*parser, []string) string {
	return func(p *parser, values []string) string {
		var wrong []string
		for _, value := range values {
			for _, part := range split(value) {
				if message := check(part); message != "" {
					wrong = append(wrong, message)
				}
				*field(&p.settings) = append(*field(&p.settings), part)
			}
		}
		return strings.Join(wrong, "; ")
	}
}

func asTheyAre(value string) []string     { return []string{value} }
func withoutDashes(value string) []string { return []string{strings.TrimLeft(value, "-")} }

func splitCommas(value string) []string {
	var parts []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func readNodeIP(p *parser, values []string) string {
	if len(values) != 1 {
		return fmt.Sprintf("one address is expected, not %d", len(values))
	}
	address, err := netip.ParseAddr(strings.TrimSpace(values[0]))
	if err != nil || !address.Is4() {
		return fmt.Sprintf("%q is not an IPv4 address", values[0])
	}
	p.settings.NodeIP = address
	return ""
}

// readSwitch reads a key that is true or false, in the forms that K3s takes.
func readSwitch(field func(*Settings) *bool) func(*parser, []string) string {
	return func(p *parser, values []string) string {
		if len(values) != 1 {
			return fmt.Sprintf("true or false is expected, not %d values", len(values))
		}
		value, err := strconv.ParseBool(values[0])
		if err != nil {
			return fmt.Sprintf("%q is neither true nor false", values[0])
		}
		*field(&p.settings) = value
		return ""
	}
}

func readMode(p *parser, values []string) string {
	if len(values) != 1 {
		return fmt.Sprintf("one mode is expected, not %d", len(values))
	}
	mode, err := strconv.ParseUint(strings.TrimPrefix(values[0], "0o"), 8, 32)
	if err != nil || mode > 0o777 {
		return fmt.Sprintf("%q is not a file mode such as 0644", values[0])
	}
	p.settings.KubeconfigMode = fs.FileMode(mode)
	return ""
}

// checkToken never repeats the token: what it returns is logged.
func checkToken(token string) string {
	if strings.TrimSpace(token) != token {
		return "must not begin or end with white space"
	}
	return ""
}

func checkServer(value string) string {
	server, err := url.Parse(value)
	if err != nil || server.Scheme != "https" || server.Hostname() == "" || strings.Trim(server.Path, "/") != "" {
		return fmt.Sprintf("%q is not a URL of the form https://HOST:6443", value)
	}
	return ""
}

func checkNodeName(name string) string {
	if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 {
		return fmt.Sprintf("%q is not a valid node name: %s", name, wrong[0])
	}
	return ""
}

func checkSAN(san string) string {
	if _, err := netip.ParseAddr(san); err == nil {
		return ""
	}
	if len(validation.IsDNS1123Subdomain(strings.ToLower(san))) == 0 || len(validation.IsWildcardDNS1123Subdomain(san)) == 0 {
		return ""
	}
	return fmt.Sprintf("%q is neither an IP address nor a DNS name", san)
}

func checkDisable(component string) string {
	if !slices.Contains(packaged, component) {
		return fmt.Sprintf("%q is not a packaged component; these are %s", component, strings.Join(packaged, ", "))
	}
	return ""
}

func checkLabel(label string) string {
	name, value, found := strings.Cut(label, "=")
	if !found {
		return fmt.Sprintf("%q is not of the form KEY=VALUE", label)
	}
	if wrong := slices.Concat(validation.IsQualifiedName(name), validation.IsValidLabelValue(value)); len(wrong) > 0 {
		return fmt.Sprintf("%q is not a valid label: %s", label, wrong[0])
	}
	return ""
}

func checkArgument(argument string) string {
	name, _, _ := strings.Cut(argument, "=")
	if name == "" || strings.ContainsAny(name, " \t") {
		return fmt.Sprintf("%q is not of the form NAME=VALUE", argument)
	}
	return ""
}
