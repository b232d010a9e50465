// Command pack makes the k3s file that is installed on machines, from programs
// that are already built:
//
//	pack -programs DIR -output FILE [-engine DIR]
//
// DIR has k3s itself and the programs that travel in it. The same inputs give
// the same file. It needs the go command, to find the modules that the
// manifests of packaged components are read from.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"orchestrator/engine/internal/packaged"
	"orchestrator/engine/internal/payload"
)

// programs travel in the k3s file.
var programs = []string{
	"containerd", "containerd-shim-runc-v2", "ctr",
	"host-local", "loopback", "portmap", "ptp",
}

func main() {
	source := flag.String("programs", ".", "folder of the programs")
	output := flag.String("output", "k3s", "file to write")
	engine := flag.String("engine", ".", "folder of the engine's module")
	flag.Parse()
	if err := pack(*source, *output, *engine); err != nil {
		fmt.Fprintf(os.Stderr, "pack: %v\n", err)
		os.Exit(1)
	}
}

func pack(source, output, engine string) error {
	temporary, err := os.MkdirTemp("", "pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	files, err := manifests(temporary, engine)
	if err != nil {
		return err
	}
	for _, program := range programs {
		files = append(files, payload.File{Name: "bin/" + program, Source: filepath.Join(source, program), Mode: 0o755})
	}
	return write(output, filepath.Join(source, "k3s"), files)
}

func manifests(dir, engine string) ([]payload.File, error) {
	var files []payload.File
	for _, component := range packaged.Components {
		text, err := packaged.Manifest(component, engine)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(dir, component+".yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, err
		}
		files = append(files, payload.File{Name: "manifests/" + component + ".yaml", Source: path, Mode: 0o644})
	}
	return files, nil
}

// write writes the file under its final name only when it is complete.
func write(output, executable string, files []payload.File) error {
	file, err := os.CreateTemp(filepath.Dir(output), ".k3s-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(payload.Pack(file, executable, files), file.Chmod(0o755), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), output)
}
