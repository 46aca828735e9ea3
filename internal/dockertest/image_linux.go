package dockertest

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/image"
)

// baseImage is the name of the image that Image makes.
const baseImage = "fridaytest/base:1"

// Image is an image with busybox: sh, sleep, nc, httpd, wget, ping and so on, in /bin. Its command is a sleep of ten
// minutes.
func (d *Daemon) Image(t testing.TB) string {
	t.Helper()
	return d.image(t, baseImage, nil)
}

// ImageOf is Image with a static program of ours in it as /bin/name.
func (d *Daemon) ImageOf(t testing.TB, name, file string) string {
	t.Helper()
	return d.image(t, "fridaytest/"+strings.ToLower(name)+":1", map[string]string{name: file})
}

// image makes an image once.
func (d *Daemon) image(t testing.TB, ref string, programs map[string]string) string {
	t.Helper()
	d.images.Lock()
	defer d.images.Unlock()
	if d.ready[ref] {
		return ref
	}
	files, err := rootfs(programs)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.Client.ImageImport(t.Context(), image.ImportSource{Source: files, SourceName: "-"}, ref, image.ImportOptions{
		Changes: []string{`CMD ["sleep","` + lifetime + `"]`, "ENV PATH=/bin"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	if said, err := io.ReadAll(answer); err != nil || bytes.Contains(said, []byte(`"error"`)) {
		t.Fatalf("cannot make the image %s: %s %v", ref, said, err)
	}
	d.ready[ref] = true
	return ref
}

// rootfs is a tar file of a small system.
func rootfs(programs map[string]string) (io.Reader, error) {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	applets, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("busybox does not tell what it can do: %w", err)
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, dir := range []string{"bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var", "www"} {
		err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755})
		if err != nil {
			return nil, err
		}
	}
	all := map[string]string{"busybox": busybox}
	for name, file := range programs {
		all[name] = file
	}
	for name, file := range all {
		if err := addProgram(w, name, file); err != nil {
			return nil, err
		}
	}
	for _, applet := range strings.Fields(string(applets)) {
		if all[applet] != "" {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join("bin", applet), Linkname: "busybox", Mode: 0o777}); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n", "www/index.html": "hello\n"} {
		if err := addFile(w, name, 0o644, []byte(text)); err != nil {
			return nil, err
		}
	}
	return &buf, w.Close()
}

// static is nil for a program that needs no libraries.
func static(file string) error {
	program, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s needs shared libraries: take busybox-static, or build with CGO_ENABLED=0", file)
		}
	}
	return nil
}

// addProgram adds a program, which must be static: there are no libraries.
func addProgram(w *tar.Writer, name, file string) error {
	if err := static(file); err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return addFile(w, path.Join("bin", name), 0o755, data)
}

func addFile(w *tar.Writer, name string, mode int64, data []byte) error {
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(data))})
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}
