package toy

import (
	"reflect"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestFlagsReadWhatArgsWrite(t *testing.T) {
	t.Parallel()
	in := SuperviseOptions{Name: "both", Restart: 300 * time.Millisecond, Together: true, Programs: [][]string{
		{"shop", "toy", "service", "--name", "shop"}, {"shop-check", "toy", "monitor", "--every", "1s"},
	}}
	var out SuperviseOptions
	fs := pflag.NewFlagSet("supervise", pflag.ContinueOnError)
	out.Flags(fs)
	if err := fs.Parse(in.Args()); err != nil {
		t.Fatal(err)
	}
	out.SetPrograms(fs.Args())
	if !reflect.DeepEqual(in, out) {
		t.Errorf("read %+v, want %+v", out, in)
	}
}

func TestSupervisorRefusesEmptyPrograms(t *testing.T) {
	t.Parallel()
	var o SuperviseOptions
	o.SetPrograms([]string{"a", "--"})
	if err := Supervise(t.Context(), o); err == nil {
		t.Error("no error for an empty program")
	}
}
