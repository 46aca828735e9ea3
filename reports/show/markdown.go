package show

import (
	"strings"
)

// marks has a meaning for Markdown, or for what chats and trackers make of it: mentions, links, formulas.
var marks = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "#", `\#`, "~", `\~`, "$", `\$`,
	"&", "&amp;", "<", "&lt;", ">", "&gt;",
	"://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;", "@", "@\u2060",
)

// MD is text from outside as one line of Markdown that shows exactly that text.
func MD(text string) string { return marks.Replace(OneLine(text)) }

// Fenced is text from outside as a block of code, under a fence that it cannot close.
func Fenced(text string) string {
	text = strings.Trim(Visible(text), "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + text + "\n" + fence + "\n"
}

// MDTable writes rows of escaped cells under a header.
func MDTable(b *strings.Builder, header []string, rows [][]string) {
	row := func(cells []string) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	row(header)
	b.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
	for _, cells := range rows {
		row(cells)
	}
	b.WriteByte('\n')
}

// MDLink is an address as a link with its text, if it is one of the web; else the text alone.
func MDLink(text, url string) string {
	if !WebAddress(url) {
		return MD(text)
	}
	return "[" + MD(text) + "](<" + linkTarget.Replace(url) + ">)"
}

// linkTarget takes away what could end a link's target.
var linkTarget = strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "", "\r", "", "\\", "%5C", "|", "%7C", " ", "%20")

// WebAddress reports whether url leads into the web, and nowhere else.
func WebAddress(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}
