package token

import (
	"testing"

	bootstraputil "k8s.io/cluster-bootstrap/token/util"
)

func TestEveryStringGivesAValidBootstrapToken(t *testing.T) {
	seen := map[string]bool{}
	for _, token := range []string{"", "a", "a phrase with blanks", New(), "ünï©ode", "K10abc::server:secret"} {
		got, err := Bootstrap(token)
		if err != nil || !bootstraputil.IsValidBootstrapToken(got.String()) {
			t.Errorf("%q: invalid token, error %v", token, err)
		}
		if seen[got.ID] || seen[got.Secret] {
			t.Errorf("%q: same as another token's", token)
		}
		seen[got.ID], seen[got.Secret] = true, true
	}
}

func TestEqualTokensGiveEqualBootstrapTokens(t *testing.T) {
	first, _ := Bootstrap("secret")
	second, _ := Bootstrap("secret")
	if *first != *second {
		t.Errorf("%v and %v", first, second)
	}
}
