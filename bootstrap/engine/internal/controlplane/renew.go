package controlplane

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/certs"

	"orchestrator/engine/internal/paths"
)

// renewBefore is how long before their end certificates are made anew at a
// start, as K3s does. They are made for a year.
const renewBefore = 120 * 24 * time.Hour

// removeUnfit removes certificates and kubeconfig files that have to be made
// anew. Those of CAs and the key of service accounts stay: what they signed
// would be void without them.
func removeUnfit(cfg *kubeadm.InitConfiguration) error {
	for _, spec := range certs.GetCertsWithoutEtcd() {
		if spec.CAName == "" {
			continue
		}
		wanted, err := spec.GetConfig(cfg)
		if err != nil {
			return err
		}
		path := filepath.Join(paths.ServerPKI, spec.BaseName+".crt")
		names := append([]string{}, wanted.AltNames.DNSNames...)
		for _, address := range wanted.AltNames.IPs {
			names = append(names, address.String())
		}
		if err := removeUnless(path, fits(path, names)); err != nil {
			return err
		}
	}
	for _, name := range credentials {
		path := filepath.Join(paths.ServerCredentials, name)
		if err := removeUnless(path, usable(path, cfg.LocalAPIEndpoint.AdvertiseAddress)); err != nil {
			return err
		}
	}
	return nil
}

func removeUnless(path string, err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fmt.Printf("making %s anew: %v\n", path, err)
	if err := os.Remove(path); err != nil {
		return err
	}
	err = os.Remove(path[:len(path)-len(filepath.Ext(path))] + ".key")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a kubeconfig has its key in itself
	}
	return err
}

// fits tells what is wrong with a certificate that should be valid for names.
func fits(path string, names []string) error {
	certificates, err := cert.CertsFromFile(path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := certificates[0].VerifyHostname(name); err != nil {
			return err
		}
	}
	return lasts(certificates[0])
}

// usable tells what is wrong with a kubeconfig whose API should be at address.
func usable(path, address string) error {
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return err
	}
	wanted := fmt.Sprintf("https://%s:%d", address, APIPort)
	for _, cluster := range config.Clusters {
		if cluster.Server != wanted {
			return fmt.Errorf("its server is %s, not %s", cluster.Server, wanted)
		}
	}
	for _, user := range config.AuthInfos {
		certificates, err := cert.ParseCertsPEM(user.ClientCertificateData)
		if err != nil {
			return err
		}
		return lasts(certificates[0])
	}
	return errors.New("it has no user")
}

func lasts(certificate *x509.Certificate) error {
	if left := time.Until(certificate.NotAfter); left < renewBefore {
		return fmt.Errorf("its certificate ends at %s", certificate.NotAfter.Format(time.RFC3339))
	}
	return nil
}
