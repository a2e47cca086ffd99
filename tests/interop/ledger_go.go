// Checks a log or an unpacked incident bundle with Go's own transparency-log packages.
//
//	ledger_go FOLDER [FROM TO]
//
// FOLDER holds vkey, checkpoint, tile/ and, where there are any, cosigned/, policy, proof/ and
// consistency. A bundle may hold the entries FROM up to, not including, TO only; else all are expected. Notes are opened by sumdb/note, hashes are authenticated and proofs made and checked by
// sumdb/tlog; of Etalon there is no code in here. Exit code 0: all is well; 1: refused, with the reason.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// cosigner verifies cosignature/v1 (type 04), which sumdb/note does not know by itself.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(body, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, body)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("malformed witness key")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 4 || binary.BigEndian.Uint32(sum[:]) != uint32(hash) {
		return nil, errors.New("no key for cosignature/v1, or its id is another one's")
	}
	return &cosigner{parts[0], uint32(hash), key[1:]}, nil
}

// folder is a log on disk; it reads tiles for package tlog, whose tiles of height 8 are ours.
type folder struct {
	path      string
	logs      []note.Verifier
	witnesses []note.Verifier
	from, to  int64 // entries that are there
}

func (f *folder) Height() int                      { return 8 }
func (f *folder) SaveTiles([]tlog.Tile, [][]byte)  {}
func (f *folder) read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(f.path, name)) }
func (f *folder) readTile(t tlog.Tile) ([]byte, error) {
	data, err := f.read(strings.Replace(t.Path(), "tile/8/", "tile/", 1))
	if errors.Is(err, os.ErrNotExist) && t.W < width {
		whole := t
		whole.W = width
		if data, err = f.readTile(whole); err == nil {
			data = data[:t.W*tlog.HashSize]
		}
	}
	return data, err
}

func (f *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.readTile(tile)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// readEntries splits the bundle with that index, which must hold count entries and no more; where only
// the full bundle is left it may hold more.
func (f *folder) readEntries(index, count int64) ([][]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: index, W: int(count)}
	partial := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := f.read(partial)
	if errors.Is(err, os.ErrNotExist) && count < width {
		entries, err := f.readEntries(index, width)
		if err != nil {
			return nil, err
		}
		return entries[:count], nil
	}
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: truncated", partial)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if int64(len(entries)) != count {
		return nil, fmt.Errorf("%s: %d entries", partial, len(entries))
	}
	return entries, nil
}

func (f *folder) readKeys() error {
	text, err := f.read("vkey")
	if err != nil {
		return err
	}
	for _, line := range strings.Fields(string(text)) {
		verifier, err := note.NewVerifier(line)
		if err != nil {
			return fmt.Errorf("vkey: %w", err)
		}
		f.logs = append(f.logs, verifier)
	}
	text, err = f.read("policy")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "witness" {
			continue
		}
		verifier, err := newCosigner(words[2])
		if err != nil {
			return fmt.Errorf("policy: %w", err)
		}
		f.witnesses = append(f.witnesses, verifier)
	}
	return err
}

func isOneOf(verifiers []note.Verifier, signature note.Signature) bool {
	for _, verifier := range verifiers {
		if verifier.Name() == signature.Name && verifier.KeyHash() == signature.Hash {
			return true
		}
	}
	return false
}

// open opens a checkpoint, which the log must have signed, and says how many witnesses have.
func (f *folder) open(text []byte) (tlog.Tree, int, error) {
	var tree tlog.Tree
	known := note.VerifierList(append(append([]note.Verifier{}, f.logs...), f.witnesses...)...)
	signed, err := note.Open(text, known)
	if err != nil {
		return tree, 0, err
	}
	logs, witnesses := 0, 0
	for _, signature := range signed.Sigs {
		if isOneOf(f.logs, signature) {
			logs++
		} else {
			witnesses++
		}
	}
	if logs == 0 {
		return tree, 0, errors.New("not signed by the log")
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != f.logs[0].Name() {
		return tree, 0, errors.New("no checkpoint of that log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, 0, errors.New("malformed size")
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, witnesses, err
}

// checkEntries compares every entry with its leaf hash. Reading the hashes through TileHashReader
// authenticates all tiles that a tree of that size has.
func (f *folder) checkEntries(tree tlog.Tree) error {
	if tree.N == 0 {
		if tree.Hash != sha256.Sum256(nil) {
			return errors.New("an empty tree with another root than that of no entries")
		}
		return nil
	}
	reader := tlog.TileHashReader(tree, f)
	from, to := f.from, f.to
	if to > tree.N {
		to = tree.N
	}
	var indexes []int64
	for i := from; i < to; i++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, i))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil || root != tree.Hash {
		return fmt.Errorf("the tiles give another root than the checkpoint (%v)", err)
	}
	for at := from / width * width; at < to; at += width {
		count := tree.N - at
		if count > width {
			count = width
		}
		entries, err := f.readEntries(at/width, count)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			index := at + int64(i)
			if index >= from && index < to && tlog.RecordHash(entry) != hashes[index-from] {
				return fmt.Errorf("entry %d is not what the tree says", index)
			}
		}
	}
	return nil
}

// checkInclusion makes and checks proofs of several entries.
func (f *folder) checkInclusion(tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, f)
	last := f.to - 1
	if last >= tree.N {
		last = tree.N - 1
	}
	for _, n := range []int64{f.from, f.from + 1, (2*f.from + last) / 3, (f.from + last) / 2, last - 1, last} {
		if n < f.from || n > last {
			continue
		}
		count := tree.N - n/width*width
		if count > width {
			count = width
		}
		entries, err := f.readEntries(n/width, count)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			return err
		}
		if err = tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entries[n%width])); err != nil {
			return fmt.Errorf("entry %d of %d: %w", n, tree.N, err)
		}
	}
	return nil
}

// checkProof checks a .tlog-proof that Etalon made.
func (f *folder) checkProof(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	lines := strings.Split(string(parts[0]), "\n")
	if len(parts) != 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, _, err := f.open(parts[1])
	if err != nil {
		return err
	}
	if index < 0 || index >= tree.N {
		return errors.New("index beyond the tree")
	}
	count := tree.N - index/width*width
	if count > width {
		count = width
	}
	entries, err := f.readEntries(index/width, count)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entries[index%width]))
}

// checkGrowth makes and checks the proof that newer continues older.
func (f *folder) checkGrowth(older, newer tlog.Tree) error {
	if older.N == 0 || older.N == newer.N {
		if older.N == newer.N && older.Hash != newer.Hash {
			return fmt.Errorf("two trees of size %d", older.N)
		}
		return nil
	}
	proof, err := tlog.ProveTree(newer.N, older.N, tlog.TileHashReader(newer, f))
	if err == nil {
		err = tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash)
	}
	if err != nil {
		return fmt.Errorf("size %d does not continue size %d: %w", newer.N, older.N, err)
	}
	return nil
}

// checkConsistency checks the proofs that Etalon made. Package tlog has none from size 0.
func checkConsistency(text string, trees map[int64]tlog.Tree) (int, error) {
	checked := 0
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			return 0, errors.New("malformed line")
		}
		older, _ := strconv.ParseInt(words[0], 10, 64)
		newer, _ := strconv.ParseInt(words[1], 10, 64)
		var proof tlog.TreeProof
		for _, word := range words[2:] {
			hash, err := tlog.ParseHash(word)
			if err != nil {
				return 0, err
			}
			proof = append(proof, hash)
		}
		if older == 0 && len(proof) == 0 {
			continue
		}
		if err := tlog.CheckTree(proof, newer, trees[newer].Hash, older, trees[older].Hash); err != nil {
			return 0, fmt.Errorf("%d to %d: %w", older, newer, err)
		}
		checked++
	}
	return checked, nil
}

func check(path string, from, to int64) error {
	f := &folder{path: path, from: from, to: to}
	if err := f.readKeys(); err != nil {
		return err
	}
	names, _ := filepath.Glob(filepath.Join(path, "cosigned", "*"))
	trees := map[int64]tlog.Tree{}
	for _, name := range append(names, filepath.Join(path, "checkpoint")) {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tree, witnesses, err := f.open(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(f.witnesses) > 0 && witnesses == 0 && filepath.Base(name) != "checkpoint" {
			return fmt.Errorf("%s: no cosignature of a known witness", name)
		}
		if other, ok := trees[tree.N]; ok && other.Hash != tree.Hash {
			return fmt.Errorf("%s: another tree of the same size", name)
		}
		trees[tree.N] = tree
		if err = f.checkEntries(tree); err == nil && tree.N > 0 {
			err = f.checkInclusion(tree)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	var sizes []int64
	for size := range trees {
		sizes = append(sizes, size)
	}
	sort.Slice(sizes, func(i, j int) bool { return sizes[i] < sizes[j] })
	for i, newer := range sizes {
		for _, older := range sizes[:i+1] {
			if err := f.checkGrowth(trees[older], trees[newer]); err != nil {
				return err
			}
		}
	}
	proofs, _ := filepath.Glob(filepath.Join(path, "proof", "*.tlog-proof"))
	for _, name := range proofs {
		if err := f.checkProof(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	growths := 0
	if text, err := f.read("consistency"); err == nil {
		if growths, err = checkConsistency(string(text), trees); err != nil {
			return fmt.Errorf("consistency: %w", err)
		}
	}
	fmt.Printf("sizes %v, every entry that is there; %d inclusion proofs and %d consistency proofs of theirs\n",
		sizes, len(proofs), growths)
	return nil
}

func main() {
	from, to, err := int64(0), int64(math.MaxInt64), error(nil)
	if len(os.Args) == 4 {
		if from, err = strconv.ParseInt(os.Args[2], 10, 64); err == nil {
			to, err = strconv.ParseInt(os.Args[3], 10, 64)
		}
	}
	if (len(os.Args) != 2 && len(os.Args) != 4) || err != nil || from < 0 {
		fmt.Fprintln(os.Stderr, "usage: ledger_go FOLDER [FROM TO]")
		os.Exit(2)
	}
	if err := check(os.Args[1], from, to); err != nil {
		fmt.Fprintf(os.Stderr, "refused: %v\n", err)
		os.Exit(1)
	}
}
