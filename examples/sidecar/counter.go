// An application beside `berth sidecar`, with the standard library alone. Its actors count, in memory.
//
//	go run examples/sidecar/counter.go           listens on 127.0.0.1:8080, or on $PORT
//
// docs/sidecar.md has the command that starts the sidecar beside it.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
)

var lock sync.Mutex
var numbers = map[string]int{}

func answer(w http.ResponseWriter, status int, value map[string]any) {
	body, _ := json.Marshal(value)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) // a short body gets its Content-Length by itself
}

// The whole path is read here: a ServeMux would clean it, and answer some with a redirect.
func handle(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	lock.Lock()
	defer lock.Unlock()
	if r.Method == "GET" && path == "/berth/config" {
		answer(w, 200, map[string]any{"types": []string{"Counter"}})
		return
	}
	if actor, is := strings.CutPrefix(path, "/berth/actors/"); is && r.Method == "DELETE" {
		delete(numbers, actor) // it leaves: what is only in memory is to be written down now
		answer(w, 200, map[string]any{})
		return
	}
	actor := r.Header.Get("Berth-Actor") // always in the same spelling, and never from a caller
	isAdd := r.Method == "POST" && strings.HasSuffix(path, "/add") && strings.Count(path, "/") == 3
	if actor == "" || !(isAdd || r.Method == "GET" && strings.Count(path, "/") == 2) {
		answer(w, 404, map[string]any{"error": "GET an actor through the sidecar, or POST add"})
		return
	}
	if isAdd {
		numbers[actor]++
	}
	answer(w, 200, map[string]any{"actor": actor, "number": numbers[actor]})
}

func main() {
	address := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8080")
	fmt.Println("counts on", address)
	log.Fatal(http.ListenAndServe(address, http.HandlerFunc(handle)))
}
