package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"slices"
	"time"

	"github.com/failurefriday/friday/reports/digest"
	"github.com/failurefriday/friday/reports/show"
)

// inFeed is how many runs the feed tells of.
const inFeed = 50

// The elements of an Atom feed, RFC 4287.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  atomAuthor  `xml:"author"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID       string         `xml:"id"`
		Title    string         `xml:"title"`
		Updated  string         `xml:"updated"`
		Links    []atomLink     `xml:"link"`
		Category []atomCategory `xml:"category"`
		Summary  string         `xml:"summary"`
	}
	atomCategory struct {
		Term string `xml:"term,attr"`
	}
)

// feed writes the newest runs as an Atom feed. It asks no clock: it was updated when the newest of them ended.
func (s Site) feed(w io.Writer) error {
	f := atomFeed{
		ID: urn("site"), Title: "Failure reports", Author: atomAuthor{"friday"}, Updated: moment(time.Unix(0, 0)),
		Links: []atomLink{{"self", "application/atom+xml", feedFile}, {"alternate", "text/html", frontFile}},
	}
	var newest time.Time
	for i, r := range slices.Backward(s.Runs) {
		if len(s.Runs)-i > inFeed {
			break
		}
		at := ended(r)
		if at.After(newest) {
			newest, f.Updated = at, moment(at)
		}
		f.Entries = append(f.Entries, entryOf(r, at))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(f); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func entryOf(r digest.Run, at time.Time) atomEntry {
	e := atomEntry{
		ID: urn("run " + r.ID), Title: r.Verdict.String() + " " + show.OneLine(r.Scenario), Updated: moment(at), Summary: show.OneLine(r.Summary),
		Links: []atomLink{{"alternate", "text/html", FileOf(r.ID)}, {"enclosure", "application/json", recordOf(r.ID)}},
	}
	for _, term := range []string{r.Verdict.String(), show.OneLine(r.Service)} {
		if term != "" {
			e.Category = append(e.Category, atomCategory{term})
		}
	}
	if !r.Restored {
		e.Title = "NOT RESTORED, " + e.Title
	}
	return e
}

// ended is when a run was over, or began if its runner died.
func ended(r digest.Run) time.Time {
	switch {
	case !r.Finished.IsZero():
		return r.Finished
	case !r.Started.IsZero():
		return r.Started
	}
	return time.Unix(0, 0)
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// urn is an identifier that stays the same wherever the site is published: a UUID made from a name (RFC 9562, version 8).
func urn(name string) string {
	sum := sha256.Sum256([]byte("friday " + name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
