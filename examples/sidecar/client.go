// Calls an actor through the sidecar of this machine, with the standard library alone: adds, then reads.
//
//	go run examples/sidecar/client.go [id]       the sidecar is at 127.0.0.1:3600, or at $BERTH_SIDECAR
package main

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"
)

func call(origin, id, method, path string) (int, string) {
	client := http.Client{Timeout: 15 * time.Second}
	request, err := http.NewRequest(method, origin+"/v1/call/Counter/"+url.PathEscape(id)+path, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Berth-Timeout", "10")
	response, err := client.Do(request)
	if err != nil {
		log.Fatalf("%s does not answer: %v. Is the sidecar running?", origin, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func main() {
	origin, id := cmp.Or(os.Getenv("BERTH_SIDECAR"), "http://127.0.0.1:3600"), "42"
	if len(os.Args) > 1 {
		id = os.Args[1]
	}
	failed := false
	for _, each := range [][2]string{{"POST", "/add"}, {"GET", ""}} {
		status, body := call(origin, id, each[0], each[1])
		fmt.Println(each[0], status, body)
		// A problem document says what hindered the call, and whether a retry makes sense.
		failed = failed || status != 200
	}
	if failed {
		os.Exit(1)
	}
}
