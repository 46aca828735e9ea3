package diag

import (
	"fmt"
	"strings"
)

// DidYouMean is the hint for a word that is not among those known: the nearest one if it is near, else what is known
// if that is short enough to read, else nothing.
func DidYouMean(word string, known []string) string {
	if near, ok := Nearest(word, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 || len(known) > 16 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

// Nearest returns the known word that word is most likely a misspelling of; false if none is near. Of several equally
// near ones it is the first.
func Nearest(word string, known []string) (string, bool) {
	best, found := "", false
	limit := max(1, min(len(word)/3, 3)) // a third of a word may be wrong; of a short one, one letter
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d <= limit {
			best, found, limit = k, true, d-1
		}
	}
	return best, found
}

// distance counts the letters to insert, delete, replace or swap with their neighbour to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64 // no word of ours is that long
	}
	var older []int
	old := make([]int, len(y)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			differ := 1
			if x[i-1] == y[j-1] {
				differ = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+differ)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old = old, row
	}
	return old[len(y)]
}
