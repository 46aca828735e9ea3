package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// emit writes a text, free of secrets, to a file or, where none is named, to standard output. A file is complete or not
// changed.
func (a *app) emit(cmd *cobra.Command, file string, text []byte) error {
	return a.emitFor(cmd, file, text, 0o600)
}

// emitFor is emit for a file of this mode, whatever the umask.
func (a *app) emitFor(cmd *cobra.Command, file string, text []byte, mode os.FileMode) error {
	clean := a.scrub.CleanBytes(text)
	if file == "" {
		_, err := cmd.OutOrStdout().Write(clean)
		return err
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		if err := os.WriteFile(file, clean, mode); err != nil { // a pipe or a device cannot be replaced
			return usage(fmt.Errorf("cannot write %s: %w", file, err))
		}
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return usage(fmt.Errorf("cannot write %s: %w", file, err))
	}
	_, err = temp.Write(clean)
	if err = errors.Join(err, temp.Chmod(mode), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return usage(fmt.Errorf("cannot write %s: %w", file, errors.Join(err, os.Remove(temp.Name()))))
	}
	return nil
}
