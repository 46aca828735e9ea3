package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"unicode/utf16"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/internal/secret"
)

// Slack are the settings of a chat: an incoming webhook of Slack, or of Mattermost or Rocket.Chat, which take the same.
type Slack struct {
	URL     secret.Ref `yaml:"url" required:"true" doc:"the address of the incoming webhook, which is a secret: from env: or file:"`
	Channel string     `yaml:"channel" doc:"channel instead of the webhook's own, where the chat allows it"`
}

// Check finds what the types do not tell.
func (s *Slack) Check() []diag.FieldError { return checkRef("url", s.URL, true) }

func (s *Slack) build(env Env) (sender, error) {
	p, err := newPoster(Text{Ref: s.URL}, env)
	if err != nil {
		return nil, err
	}
	return &chat{p, s.Channel}, nil
}

type chat struct {
	*poster
	channel string
}

// The limits of Slack, in characters as it counts them; mostText is Mattermost's for a message, with room to spare.
const (
	mostHeader  = 150
	mostSection = 3000
	mostText    = 12000
)

// payload is a message with blocks, for Slack, and the same as text, for what knows no blocks.
type payload struct {
	Text    string `json:"text"`
	Channel string `json:"channel,omitempty"`
	Mrkdwn  bool   `json:"mrkdwn"`
	// Neither is set: an address in a text from outside shows nothing of what is there.
	UnfurlLinks bool    `json:"unfurl_links"`
	UnfurlMedia bool    `json:"unfurl_media"`
	Blocks      []block `json:"blocks"`
}

type block struct {
	Type     string    `json:"type"`
	Text     *wording  `json:"text,omitempty"`
	Elements []wording `json:"elements,omitempty"`
}

type wording struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji *bool  `json:"emoji,omitempty"`
}

func (c *chat) send(ctx context.Context, m message) error {
	body, err := inJSON(c.payload(m))
	if err != nil {
		return err
	}
	return c.post(ctx, m.clean(body), taken)
}

// payload sets everything from outside as plain text, in which a chat sees neither markup nor mentions.
func (c *chat) payload(m message) payload {
	p := payload{Channel: c.channel}
	var text []string
	for i, part := range m.parts() {
		lines := nonEmpty(append([]string{part.head}, part.lines...)...)
		text = append(text, strings.Join(lines, "\n"))
		if i == 1 { // the verdict
			p.Blocks = append(p.Blocks, block{Type: "header", Text: plain(part.head, mostHeader)})
			lines = nonEmpty(part.lines...)
		}
		if len(lines) > 0 {
			p.Blocks = append(p.Blocks, block{Type: "section", Text: plain(strings.Join(lines, "\n"), mostSection)})
		}
	}
	if last := len(p.Blocks) - 1; !m.test {
		p.Blocks[last] = block{Type: "context", Elements: []wording{*p.Blocks[last].Text}}
	}
	p.Text = fit(strings.Join(text, "\n\n"), mostText)
	if m.link != "" {
		link := linked(m.link)
		p.Text += "\n" + link
		p.Blocks = append(p.Blocks, block{Type: "section", Text: &wording{Type: "mrkdwn", Text: link}})
	}
	return p
}

// linked is our own address as a link of Slack's, which the others know, too.
func linked(address string) string {
	return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "&", "&amp;", " ", "%20").Replace(address) + "|The whole report>"
}

func plain(text string, most int) *wording {
	return &wording{Type: "plain_text", Text: fit(text, most), Emoji: new(bool)}
}

// harmless takes the meaning from what chats give one: Slack's control characters, mentions, and pictures and links of
// Markdown. What is shown stays the same.
var harmless = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@\u2060", "](", "]\u2060(", "][", "]\u2060[", "]:", "]\u2060:", "```", "`\u2060`\u2060`")

// fit is text as a chat may have it, in at most so many characters of UTF-16, none of them cut in two.
func fit(text string, most int) string {
	full := harmless.Replace(text)
	if units(full) <= most {
		return full
	}
	runes := []rune(text)
	low, high := 0, min(len(runes), most) // so many of them fit, and fit not
	for low < high-1 {
		half := (low + high) / 2
		if units(harmless.Replace(string(runes[:half])))+1 <= most {
			low = half
		} else {
			high = half
		}
	}
	return harmless.Replace(string(runes[:low])) + "…"
}

func units(text string) int { return len(utf16.Encode([]rune(text))) }

// taken tells the answers of Slack and Mattermost ("ok") and of Rocket.Chat from those of, say, a login page.
func taken(got answer) bool {
	var said struct{ Success bool }
	text := bytes.TrimSpace(got.body)
	return string(text) == "ok" || json.Unmarshal(text, &said) == nil && said.Success
}

// inJSON does not escape for HTML: a secret is to be found in it.
func inJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}
