// Package payload is what travels inside the k3s file beside the executable
// itself: the programs that it runs and the manifests of packaged components,
// as a zip archive behind the end of the executable. Both formats allow that:
// an executable is read from its beginning, a zip archive from its end.
package payload

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is a file of the payload.
type File struct {
	// Name is its path in the payload, with slashes, such as "bin/ctr".
	Name string
	// Source is the file on disk that has its content.
	Source string
	// Mode is its permission bits.
	Mode fs.FileMode
}

// Pack writes executable followed by files to output. The same inputs give
// the same bytes: files are sorted by name and carry no times. The archive's
// comment is a hash of the content, by which Unpack knows what it holds
// without reading it.
func Pack(output io.Writer, executable string, files []File) error {
	size, err := appendFile(output, executable)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(output)
	archive.SetOffset(size)
	// Unpacking happens once a version, on the machine that is being waited for.
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed)
	})
	hash := sha256.New()
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for _, file := range files {
		fmt.Fprintf(hash, "%s %o\n", file.Name, file.Mode)
		if err := add(archive, hash, file); err != nil {
			return fmt.Errorf("pack %s: %w", file.Name, err)
		}
	}
	if err := archive.SetComment(hex.EncodeToString(hash.Sum(nil))); err != nil {
		return err
	}
	return archive.Close()
}

func appendFile(output io.Writer, path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return io.Copy(output, file)
}

func add(archive *zip.Writer, hash io.Writer, file File) error {
	header := &zip.FileHeader{Name: filepath.ToSlash(file.Name), Method: zip.Deflate}
	header.SetMode(file.Mode)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = appendFile(io.MultiWriter(entry, hash), file.Source)
	return err
}
