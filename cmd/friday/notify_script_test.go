package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdChat starts a chat that answers with a status, and "ok" if that is 200; it adds what it is sent to a file, and its
// address is in the environment: chat VARIABLE STATUS FILE
func cmdChat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: chat VARIABLE STATUS FILE")
	}
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := os.OpenFile(ts.MkAbs(args[2]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body) // what came is what the script looks at
		fmt.Fprintf(file, "%s\n", body)
		w.WriteHeader(code)
		if code == http.StatusOK {
			fmt.Fprint(w, "ok")
		} else {
			fmt.Fprintf(w, "nothing at %s", r.URL)
		}
	}))
	ts.Defer(func() { server.Close(); _ = file.Close() })
	ts.Setenv(args[0], server.URL+"/hooks/canary-c0ffee5ecret")
}
