package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// book is the journal of a dead run, open to be settled. A nil book takes no notes.
type book struct{ file *os.File }

func openBook(state, run string) (*book, error) {
	f, err := os.OpenFile(openPath(state, run), os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot note in the journal what was undone: %w", err)
	}
	b := &book{f}
	if err := b.endTornLine(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return b, nil
}

// endTornLine cuts off the half line that a killed runner may have left, so that the next line stands alone. What it
// intended was never acknowledged, so it was never made.
func (b *book) endTornLine() error {
	data, err := io.ReadAll(b.file)
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if whole == len(data) {
		return nil
	}
	if err := b.file.Truncate(int64(whole)); err != nil {
		return fmt.Errorf("cannot mend the journal: %w", err)
	}
	_ = setAside(b.file, int64(whole)+reserve) // cutting gave the space back; without it the lines may still fit
	return nil
}

func (b *book) write(l line) error {
	if b == nil {
		return nil
	}
	data, err := seal(l)
	if err != nil {
		return err
	}
	if _, err := b.file.Write(data); err != nil {
		return fmt.Errorf("cannot note in the journal what was undone: %w", err)
	}
	return syncFile(b.file, true)
}

func (b *book) close() error {
	if b == nil {
		return nil
	}
	return b.file.Close()
}
