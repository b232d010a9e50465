// Command images writes the archives of the images that nodes need, from
// programs that are already built:
//
//	images -programs DIR -output DIR [-arch ARCH]
//
// It prints FILE and NAME of each. The same programs give the same archives.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"orchestrator/engine/internal/archive"
	"orchestrator/engine/internal/packaged"
)

func main() {
	programs := flag.String("programs", ".", "folder of the programs")
	output := flag.String("output", ".", "folder to write the archives to")
	arch := flag.String("arch", runtime.GOARCH, "architecture that the programs were built for")
	flag.Parse()
	for _, image := range packaged.Images {
		target := filepath.Join(*output, image.File)
		if err := write(target, image.Image, filepath.Join(*programs, image.Program), *arch); err != nil {
			fmt.Fprintf(os.Stderr, "images: %v\n", err)
			os.Exit(1)
		}
		fmt.Printf("%s %s\n", target, image.Image.Name)
	}
}

// write writes the archive under its final name only when it is complete.
func write(target string, image archive.Image, program, arch string) error {
	file, err := os.CreateTemp(filepath.Dir(target), ".image-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := archive.Write(file, image, program, arch); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	return os.Rename(file.Name(), target)
}
