package tokens

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// AutoName is the value of --tokenizer that lets Auto choose.
const AutoName = "auto"

// ErrNotFound is in the error of Open where there is no such tokenizer.
var ErrNotFound = errors.New("no tokenizer found")

// fileName is what models call their tokenizer.
const fileName = "tokenizer.json"

// Auto opens the tokenizer that a user means. "approx" is Approx; "auto" and
// "" are the model's own, if model is a path that leads to one or a model in
// the local Hugging Face cache, else Approx; anything else must be there.
func Auto(tokenizer, model string) (Tokenizer, error) {
	switch tokenizer {
	case ApproxName:
		return Approx{}, nil
	case "", AutoName:
		// A server may call its model by the path of its weights.
		if info, err := os.Stat(model); err == nil && info.Mode().IsRegular() && filepath.Ext(model) != ".json" {
			return Approx{}, nil
		}
		t, err := Open(model)
		if errors.Is(err, ErrNotFound) {
			return Approx{}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w; --tokenizer %s does without", err, ApproxName)
		}
		return t, nil
	}
	return Open(tokenizer)
}

// Open reads a tokenizer.json: name is its path, that of its folder, or the id
// of a model in the local Hugging Face cache (HF_HUB_CACHE, HF_HOME/hub or
// ~/.cache/huggingface/hub). Nothing is downloaded. "approx" is Approx.
func Open(name string) (Tokenizer, error) {
	if name == ApproxName {
		return Approx{}, nil
	}
	path, revision, err := find(name)
	if err != nil {
		return nil, err
	}
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", name, err)
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %s: %w", name, path, err)
	}
	t.name, t.revision = name, revision
	return t, nil
}

// find returns the file that name stands for, and the commit of a cached one.
func find(name string) (path, revision string, err error) {
	if name == "" {
		return "", "", ErrNotFound
	}
	if info, err := os.Stat(name); err == nil {
		path = name
		if info.IsDir() {
			path = filepath.Join(name, fileName)
		}
		if info, err = os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, "", nil
		}
	}
	cache := cacheDir()
	if path, revision = cachedFile(cache, name); path != "" {
		return path, revision, nil
	}
	return "", "", fmt.Errorf("tokenizer %q: %w: it is neither a %s, nor a folder with one, nor a model in %s",
		name, ErrNotFound, fileName, cache)
}

// cacheDir is where Hugging Face's own tools keep what they downloaded.
func cacheDir() string {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("HF_HOME"); dir != "" {
		return filepath.Join(dir, "hub")
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "huggingface", "hub")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(".cache", "huggingface", "hub")
	}
	return filepath.Join(home, ".cache", "huggingface", "hub")
}

// cachedFile finds the tokenizer of a model id, ORG/NAME or NAME: of the commit
// that refs/main names, else of the newest.
func cachedFile(cache, id string) (path, revision string) {
	if strings.Count(id, "/") > 1 || strings.ContainsAny(id, `\:`) || strings.Contains(id, "..") {
		return "", ""
	}
	repo := filepath.Join(cache, "models--"+strings.ReplaceAll(id, "/", "--"))
	if ref, err := os.ReadFile(filepath.Join(repo, "refs", "main")); err == nil {
		commit := filepath.Base(strings.TrimSpace(string(ref)))
		if path := filepath.Join(repo, "snapshots", commit, fileName); regular(path) {
			return path, commit
		}
	}
	entries, err := os.ReadDir(filepath.Join(repo, "snapshots"))
	if err != nil {
		return "", ""
	}
	age := func(e fs.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	sort.SliceStable(entries, func(i, j int) bool { return age(entries[i]) > age(entries[j]) })
	for _, e := range entries {
		if path := filepath.Join(repo, "snapshots", e.Name(), fileName); regular(path) {
			return path, e.Name()
		}
	}
	return "", ""
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// read is os.ReadFile with a limit.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if size := info.Size(); size > maxJSON {
		return nil, fmt.Errorf("%s: %d bytes, more than a tokenizer has", path, size)
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}
