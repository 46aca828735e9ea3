package scenarios_test

import (
	"testing"
	"unicode/utf8"

	"github.com/failurefriday/friday/internal/diag"
	"github.com/failurefriday/friday/scenarios"
)

// Whatever the file: either a scenario or an error, and the error says where.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{"good", "bad"} {
		for _, data := range files(f, folder) {
			if len(data) < 1<<16 {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sc, err := scenarios.Load("fuzz.yaml", data, testOptions())
		if (sc == nil) == (err == nil) {
			t.Fatalf("scenario %v, error %v", sc, err)
		}
		conf, confErr := scenarios.LoadConfig("fuzz.yaml", data, testKinds())
		if (conf == nil) == (confErr == nil) {
			t.Fatalf("configuration %v, error %v", conf, confErr)
		}
		if err == nil {
			return
		}
		problems := diag.All(err)
		if len(problems) == 0 {
			t.Fatalf("an error without problems: %v", err)
		}
		for _, p := range problems {
			if p.Msg == "" || p.Pos.File == "" || !utf8.ValidString(p.Msg) {
				t.Errorf("a problem without place or words: %+v", p)
			}
		}
	})
}
