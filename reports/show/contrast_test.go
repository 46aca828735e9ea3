package show

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var property = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// palettes are the colours of the page: light, dark and for print. The later ones override the first.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	css, err := templates.ReadFile("templates/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, rest, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	dark, print, ok2 := strings.Cut(rest, "@media print")
	if !ok || !ok2 {
		t.Fatal("the style sheet has not the three palettes")
	}
	all := map[string]map[string]string{}
	for name, text := range map[string]string{"light": light, "dark": light + dark, "print": light + print} {
		all[name] = map[string]string{}
		for _, m := range property.FindAllStringSubmatch(text, -1) {
			all[name][m[1]] = m[2]
		}
	}
	return all
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// TestContrast holds all text to 4.5:1.
func TestContrast(t *testing.T) {
	pairs := map[string][]string{
		"ink": {"paper", "sheet", "sunk", "silent-wash", "late-wash", "unsure-wash", "good-wash"}, "soft": {"paper", "sheet", "silent-wash", "late-wash", "unsure-wash", "good-wash"},
		"link": {"sheet", "paper"}, "silent-ink": {"silent-wash", "sheet"}, "late-ink": {"late-wash", "sheet"},
		"unsure-ink": {"unsure-wash"}, "good-ink": {"good-wash", "ok"}, "on": {"silent-fill", "late-fill", "unsure-fill", "good-fill"}, "on-fault": {"fault"}, "good": {"sheet"},
	}
	for name, colors := range palettes(t) {
		for front, backs := range pairs {
			for _, back := range backs {
				if colors[front] == "" || colors[back] == "" {
					t.Fatalf("%s: no colour %s or %s", name, front, back)
				}
				a, b := luminance(t, colors[front]), luminance(t, colors[back])
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
					t.Errorf("%s: %s on %s is %.2f:1", name, front, back, ratio)
				}
			}
		}
	}
}
