package decode

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is how a duration is written.
const Duration = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

var (
	duration    = regexp.MustCompile(Duration)
	wholeNumber = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	anyNumber   = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`)
)

func (n *Node) isScalar() bool {
	return n.form == text || n.form == number || n.form == boolean || n.form == filled
}

func (n *Node) isEmpty() bool {
	return n.isScalar() && n.text == "" || n.form == list && len(n.items) == 0 || n.form == mapping && len(n.entries) == 0
}

// shown is n in a message.
func (n *Node) shown() string {
	switch n.form {
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	case number:
		return "the number " + n.text
	case boolean:
		return n.text
	default:
		return fmt.Sprintf("%.80q", n.text)
	}
}

// scalar decodes text, numbers, truths and durations.
func (d *decoder) scalar(n *Node, v reflect.Value, f Field) bool {
	switch shapeOf(v.Type()) {
	case asText:
		return d.text(n, v, f)
	case asDuration:
		return d.duration(n, v, f)
	case asInt:
		return d.integer(n, v, f)
	case asFloat:
		return d.float(n, v)
	case asBool:
		return d.boolean(n, v)
	default:
		panic(fmt.Sprintf("%s: no file can hold a %s", n.name, v.Type())) // a mistake in our structs
	}
}

// isText reports whether n can be taken as text. A number can, as it is written: a user or a label may be called 1000.
// A truth cannot: it is more likely a value in the wrong place.
func (n *Node) isText() bool { return n.isScalar() && n.form != boolean }

func (d *decoder) notText(n *Node) bool {
	hint := ""
	if n.form == boolean {
		hint = fmt.Sprintf("put it in quotes if the text %q is meant", n.text)
	}
	return d.wrong(n, fmt.Sprintf("%s must be text, not %s", n.name, n.shown()), hint)
}

func (d *decoder) text(n *Node, v reflect.Value, f Field) bool {
	if !n.isText() && !(f.Scalar && n.isScalar()) {
		return d.notText(n)
	}
	if f.Pattern != "" && !regexp.MustCompile(f.Pattern).MatchString(n.text) {
		return d.wrong(n, fmt.Sprintf("%s is %s: want %s", n.name, n.shown(), f.Want), "")
	}
	v.SetString(n.text)
	return true
}

func (d *decoder) duration(n *Node, v reflect.Value, f Field) bool {
	hint := ""
	if n.form == number {
		hint = fmt.Sprintf("did you mean %ss?", strings.TrimPrefix(n.text, "-"))
	}
	switch {
	case strings.HasPrefix(n.text, "-"):
		return d.wrong(n, fmt.Sprintf("%s must not be negative, but is %s", n.name, n.text), "")
	case n.form != text && n.form != filled || !duration.MatchString(n.text):
		return d.wrong(n, fmt.Sprintf("%s must be a duration such as 90s, 5m or 1h30m, not %s", n.name, n.shown()), hint)
	}
	span, err := time.ParseDuration(n.text)
	if err != nil {
		return d.wrong(n, fmt.Sprintf("%s is too long: %s", n.name, n.text), "")
	}
	if least, err := time.ParseDuration(f.Min); err == nil && span < least {
		return d.wrong(n, fmt.Sprintf("%s must be at least %s, not %s", n.name, f.Min, n.text), "")
	}
	v.SetInt(int64(span))
	return true
}

func (d *decoder) integer(n *Node, v reflect.Value, f Field) bool {
	if n.form != number && n.form != filled || !wholeNumber.MatchString(n.text) {
		hint := ""
		if n.form == text && wholeNumber.MatchString(n.text) {
			hint = "leave the quotes out"
		}
		if n.form == number && !anyNumber.MatchString(n.text) {
			hint = "write it in decimal digits"
		}
		return d.wrong(n, fmt.Sprintf("%s must be a whole number, not %s", n.name, n.shown()), hint)
	}
	least, err := strconv.ParseInt(f.Min, 10, 64)
	bounded := err == nil
	i, err := strconv.ParseInt(n.text, 10, 64)
	unsigned := v.CanUint()
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && !unsigned && v.OverflowInt(i), err == nil && unsigned && i > 0 && v.OverflowUint(uint64(i)):
		return d.wrong(n, fmt.Sprintf("%s is out of range: %s", n.name, n.text), "")
	case err == nil && (bounded && i < least || unsigned && i < 0):
		return d.wrong(n, fmt.Sprintf("%s must be at least %d, not %d", n.name, least, i), "")
	}
	if unsigned {
		v.SetUint(uint64(i))
	} else {
		v.SetInt(i)
	}
	return true
}

func (d *decoder) float(n *Node, v reflect.Value) bool {
	if n.form != number && n.form != filled || !anyNumber.MatchString(n.text) {
		return d.wrong(n, fmt.Sprintf("%s must be a number, not %s", n.name, n.shown()), "")
	}
	x, err := strconv.ParseFloat(n.text, 64)
	if err != nil || v.OverflowFloat(x) {
		return d.wrong(n, fmt.Sprintf("%s is out of range: %s", n.name, n.text), "")
	}
	v.SetFloat(x)
	return true
}

func (d *decoder) boolean(n *Node, v reflect.Value) bool {
	lower := strings.ToLower(n.text)
	if (n.form == boolean || n.form == filled) && (lower == "true" || lower == "false") {
		v.SetBool(lower == "true")
		return true
	}
	hint := ""
	switch {
	case n.isScalar() && (lower == "yes" || lower == "on"):
		hint = "did you mean true?"
	case n.isScalar() && (lower == "no" || lower == "off"):
		hint = "did you mean false?"
	}
	return d.wrong(n, fmt.Sprintf("%s must be true or false, not %s", n.name, n.shown()), hint)
}

// own decodes a type that reads its text by itself.
func (d *decoder) own(n *Node, v reflect.Value) bool {
	one, takesOne := v.Addr().Interface().(encoding.TextUnmarshaler)
	many, takesMany := v.Addr().Interface().(TextsUnmarshaler)
	var err error
	switch {
	case takesMany && n.form == list && len(n.items) > 0:
		texts := make([]string, len(n.items))
		for i, item := range n.items {
			if !item.isText() {
				return d.notText(item)
			}
			texts[i] = item.text
		}
		err = many.UnmarshalTexts(texts)
	case takesMany && n.form == list:
		return d.wrong(n, n.name+" must not be an empty list", "")
	case takesOne && n.isText():
		err = one.UnmarshalText([]byte(n.text))
	default:
		return d.notText(n)
	}
	if err != nil {
		return d.wrong(n, fmt.Sprintf("%s: %s", n.name, err), "")
	}
	return true
}
