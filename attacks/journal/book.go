package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// reserve is the space that is set aside in advance, so that the lines of a revert still fit on a full disk.
const reserve = 64 << 10

// book is a journal file that takes whole lines, or none. A nil book takes no notes.
type book struct {
	file     *os.File
	size     int64 // of the whole lines
	reserved int64 // offset up to which there is space on the disk
	torn     bool  // half a line may stand after the whole ones
}

// openBook opens the journal of a dead run to be settled. It cuts off the half line that a killed runner may have left:
// what that intended was never acknowledged, so it was never made.
func openBook(state, run string) (*book, error) {
	f, err := os.OpenFile(OpenPath(state, run), os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot note in the journal what was undone: %w", err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot read the journal: %w", err), f.Close())
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	b := &book{file: f, size: int64(whole), torn: whole < len(data)}
	if err := b.mend(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return b, nil
}

// mend cuts off half a line, so that the next one stands alone.
func (b *book) mend() error {
	if !b.torn {
		return nil
	}
	if err := b.file.Truncate(b.size); err != nil {
		return fmt.Errorf("cannot mend the journal: %w", err)
	}
	b.torn, b.reserved = false, 0    // cutting gave the space back
	_ = b.setAside(b.size + reserve) // without it the lines may still fit
	return nil
}

func (b *book) write(l line, sync bool) error {
	if b == nil {
		return nil
	}
	data, err := seal(l)
	if err != nil {
		return err
	}
	return b.append(data, sync)
}

// append writes a sealed line whole or not at all: half a line would spoil the one after it.
func (b *book) append(data []byte, sync bool) error {
	if err := b.mend(); err != nil {
		return err
	}
	if _, err := b.file.Write(data); err != nil {
		b.torn = true
		return errors.Join(fmt.Errorf("cannot write the journal: %w", err), b.mend())
	}
	b.size += int64(len(data))
	if !sync {
		return nil
	}
	if err := b.file.Sync(); err != nil {
		return fmt.Errorf("cannot write the journal: %w", err)
	}
	return nil
}

// setAside makes sure that there is space on the disk up to an offset.
func (b *book) setAside(end int64) error {
	if end <= b.reserved {
		return nil
	}
	if err := setAside(b.file, end); err != nil {
		return err
	}
	b.reserved = end
	return nil
}

func (b *book) close() error {
	if b == nil {
		return nil
	}
	return b.file.Close()
}
