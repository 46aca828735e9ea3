package publish

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/failurefriday/friday/internal/secret"
	"github.com/failurefriday/friday/reports/sample"
	"github.com/failurefriday/friday/verify/judge"
)

var slackSettings = &Slack{URL: secret.Ref{Env: "CHAT"}, Channel: "#game-days"}

// payloadOf is what a chat is sent about a run.
func payloadOf(t *testing.T, n News) (p payload, raw string) {
	t.Helper()
	url, got := served(t, says(200, "ok"))
	if err := built(t, "slack", slackSettings, env("CHAT", url+"/hooks/"+canary)).Tell(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	all := got.requests()
	if len(all) != 1 || all[0].method != "POST" || all[0].path != "/hooks/"+canary || all[0].header.Get("Content-Type") != "application/json; charset=utf-8" || all[0].header.Get("User-Agent") != "friday/test" {
		t.Fatalf("the chat was sent %+v", all)
	}
	if err := json.Unmarshal([]byte(all[0].body), &p); err != nil {
		t.Fatal(err)
	}
	return p, all[0].body
}

func TestSlackMessages(t *testing.T) {
	for name, r := range map[string]judge.Record{"silent": sample.PaymentsDies(), "unrestored": sample.Unrestored(), "passed": sample.Passed()} {
		p, raw := payloadOf(t, news(r))
		sample.Golden(t, "slack-"+name+".json", indented(t, raw))
		if !strings.HasPrefix(p.Text, "✓ RESTORED\n") && !strings.HasPrefix(p.Text, "✗ NOT RESTORED\n") {
			t.Errorf("%s: the first word is not whether it is restored: %s", name, p.Text)
		}
	}
	p, _ := payloadOf(t, News{Test: true, At: now})
	if !strings.HasPrefix(p.Text, "TEST\nThis is a test of the notification oncall.") || len(p.Blocks) != 1 {
		t.Errorf("the test is %+v", p)
	}
}

// TestSlackTextsAreHarmless: nothing from outside is a mention, a link, a picture or markup, and no limit is broken.
func TestSlackTextsAreHarmless(t *testing.T) {
	texts := append([]string{
		"<!channel> <!here> <@U123> <#C123> @here @channel @all @everyone", "![i](http://evil.example/i.png) [x](http://evil.example)", "```\n``````",
		"[y]: http://evil.example/i.png\n![x][y]",
		strings.Repeat("<", 5000), strings.Repeat("😀", 4000), strings.Repeat("@", 13000),
	}, sample.Hostile...)
	for _, text := range texts {
		r := poisoned(text)
		for range 40 {
			r.Steps[0].Results = append(r.Steps[0].Results, r.Steps[0].Results[0])
		}
		p, raw := payloadOf(t, News{Record: r, At: now})
		if !strings.Contains(raw, `"unfurl_links":false,"unfurl_media":false`) {
			t.Errorf("%.40q: addresses are followed", text)
		}
		if !utf8.ValidString(raw) || len(p.Blocks) > 50 || units(p.Text) > mostText {
			t.Errorf("%.40q: %d blocks, %d characters", text, len(p.Blocks), units(p.Text))
		}
		shown := []string{p.Text}
		for _, b := range p.Blocks {
			limit := map[string]int{"header": mostHeader, "section": mostSection, "context": mostSection}[b.Type]
			all := b.Elements
			if b.Text != nil {
				all = append(all, *b.Text)
			}
			for _, w := range all {
				if w.Type != "plain_text" || w.Emoji == nil || *w.Emoji || units(w.Text) > limit || w.Text == "" {
					t.Errorf("%.40q: a %s of %d characters: %+v", text, b.Type, units(w.Text), w.Type)
				}
				shown = append(shown, w.Text)
			}
		}
		for _, s := range shown {
			for _, bad := range []string{"<", ">", "@h", "@c", "@a", "](", "][", "]:", "```", "&&", "&h"} {
				if strings.Contains(s, bad) {
					t.Errorf("%.40q: %q stands in %.200s", text, bad, s)
				}
			}
			if rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(s); strings.Contains(rest, "&") {
				t.Errorf("%.40q: an escape is cut in two: %.200s", text, rest)
			}
			for _, line := range strings.Split(s, "\n") {
				sample.CheckPlain(t, strings.ReplaceAll(line, "\u2060", ""))
			}
		}
	}
}

// TestWhatAChatAnswers: only what these chats say means that it was taken.
func TestWhatAChatAnswers(t *testing.T) {
	for body, good := range map[string]bool{
		"ok": true, "ok\n": true, `{"success":true}`: true, `{"success":false}`: false, "": false, "<html>log in</html>": false, "okay": false, `{"ok":true}`: false,
	} {
		url, _ := served(t, says(200, body))
		err := built(t, "slack", slackSettings, env("CHAT", url+"/x")).Tell(t.Context(), news(sample.Passed()))
		if (err == nil) != good {
			t.Errorf("%q: %v", body, err)
		}
		if err != nil && !strings.Contains(err.Error(), "not that of a server that took it: status 200 OK") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"a<b", 6, "a&lt;b"},
		{"a<b", 5, "a…"},
		{"😀😀", 4, "😀😀"},
		{"😀😀", 3, "😀…"},
		{"", 3, ""},
	} {
		if got := fit(c.text, c.most); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
}
