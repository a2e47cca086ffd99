// How fast Go's tlog (golang.org/x/mod/sumdb/tlog) verifies the proofs that ledger_proofs.c made, which
// says what the file and the output are.
//
//	ledger_proofs FILE
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/mod/sumdb/tlog"
)

const rounds, nodes = 40, 200000

type record struct {
	kind        byte
	index, size int64
	leaf, root  tlog.Hash
	hashes      []tlog.Hash
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ledger_proofs:", err)
		os.Exit(1)
	}
}

func readRecords(path string) []record {
	data, err := os.ReadFile(path)
	must(err)
	var records []record
	for len(data) > 0 {
		r := record{
			kind:   data[0],
			index:  int64(binary.BigEndian.Uint64(data[8:])),
			size:   int64(binary.BigEndian.Uint64(data[16:])),
			hashes: make([]tlog.Hash, data[1]),
		}
		data = data[24:]
		data = data[copy(r.leaf[:], data):]
		data = data[copy(r.root[:], data):]
		for i := range r.hashes {
			data = data[copy(r.hashes[i][:], data):]
		}
		records = append(records, r)
	}
	return records
}

func cpuNs() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func verify(r *record) error {
	if r.kind == 0 {
		return tlog.CheckRecord(r.hashes, r.size, r.root, r.index, r.leaf)
	}
	return tlog.CheckTree(r.hashes, r.size, r.root, r.index, r.leaf)
}

func measure(records []record, name string, kind byte, size int64) {
	var start float64
	done := 0
	for round := 0; round <= rounds; round++ {
		if round == 1 {
			start = cpuNs()
			done = 0
		}
		for i := range records {
			if records[i].kind == kind && records[i].size == size {
				must(verify(&records[i]))
				done++
			}
		}
	}
	fmt.Printf("%s-%d %.1f\n", name, size, (cpuNs()-start)/float64(done))
}

func measureNode() {
	left, right := tlog.RecordHash(nil), tlog.RecordHash([]byte("x"))
	start := cpuNs()
	for i := 0; i < nodes; i++ {
		left = tlog.NodeHash(left, right)
	}
	fmt.Printf("node %.1f\n", (cpuNs()-start)/nodes)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ledger_proofs FILE")
		os.Exit(2)
	}
	records := readRecords(os.Args[1])
	measureNode()
	for kind, name := range []string{"inclusion", "consistency"} {
		for _, size := range []int64{70000, 10000000} {
			measure(records, name, byte(kind), size)
		}
	}
}
