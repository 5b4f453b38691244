package tokens

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTextIsExact(t *testing.T) {
	for _, path := range vocabularies(t) {
		t.Run(vocabularyName(path), func(t *testing.T) {
			tok := openBPE(t, path)
			for n := 0; n < 3000; n += 1 + n/8 {
				rng := rand.New(rand.NewPCG(uint64(n), 5))
				text := tok.Text(rng, n)
				require.Equal(t, n, tok.Count(text), "%q", text)
			}
		})
	}
}

func TestTextIsDeterministicAndDistinct(t *testing.T) {
	draw := func(seed uint64) string {
		return openBPE(t, "testdata/llama3.tokenizer.json").Text(rand.New(rand.NewPCG(seed, 0)), 64)
	}
	require.Equal(t, draw(7), draw(7))
	require.NotEqual(t, draw(7)[:20], draw(8)[:20])
}

func TestTextWithoutPieces(t *testing.T) {
	tok, err := Parse("m", []byte(`{"model":{"vocab":{" ":0}}}`))
	require.NoError(t, err)
	require.Empty(t, tok.Text(rand.New(rand.NewPCG(1, 1)), 3), "blanks are no text")
}

// cacheWith makes a model cache; commits of a model are files by their name.
func cacheWith(t *testing.T, model, ref string, commits ...string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/gpt2.tokenizer.json")
	require.NoError(t, err)
	dir := t.TempDir()
	repo := filepath.Join(dir, "models--"+model)
	require.NoError(t, os.MkdirAll(filepath.Join(repo, "refs"), 0o755))
	if ref != "" {
		require.NoError(t, os.WriteFile(filepath.Join(repo, "refs", "main"), []byte(ref+"\n"), 0o644))
	}
	for _, c := range commits {
		require.NoError(t, os.MkdirAll(filepath.Join(repo, "snapshots", c), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(repo, "snapshots", c, fileName), data, 0o644))
	}
	return dir
}

func TestOpen(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", cacheWith(t, "org--name", "abc", "abc", "def"))
	tok, err := Open("org/name")
	require.NoError(t, err)
	require.Equal(t, "org/name", tok.Name())
	require.Equal(t, "abc", tok.(*BPE).Revision())

	dir := filepath.Join(os.Getenv("HF_HUB_CACHE"), "models--org--name", "snapshots", "def")
	for _, path := range []string{dir, filepath.Join(dir, fileName)} {
		tok, err = Open(path)
		require.NoError(t, err)
		require.Equal(t, path, tok.Name())
		require.Empty(t, tok.(*BPE).Revision())
	}
	for _, name := range []string{"", "org/other", "org", "a/b/c", "../org", t.TempDir(), "/dev/null"} {
		_, err = Open(name)
		require.ErrorIs(t, err, ErrNotFound, "%q", name)
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte("{"), 0o644))
	_, err = Open(bad)
	require.ErrorContains(t, err, "tokenizer "+bad)
	require.NotErrorIs(t, err, ErrNotFound)
}

func TestOpenTakesTheOnlySnapshot(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_HOME", home)
	require.NoError(t, os.Rename(cacheWith(t, "name", "", "xyz"), filepath.Join(home, "hub")))
	tok, err := Open("name")
	require.NoError(t, err)
	require.Equal(t, "xyz", tok.(*BPE).Revision())
}

func TestAuto(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", cacheWith(t, "org--name", "abc", "abc"))
	weights := filepath.Join(t.TempDir(), "model.gguf")
	require.NoError(t, os.WriteFile(weights, []byte("GGUF"), 0o644))
	bad := filepath.Join(t.TempDir(), fileName)
	require.NoError(t, os.WriteFile(bad, []byte(`{"model":{"type":"Unigram"}}`), 0o644))
	for _, x := range []struct{ tokenizer, model, want string }{
		{"auto", "org/name", "org/name"}, {"", "org/name", "org/name"}, {"approx", "org/name", "approx"},
		{"auto", "org/other", "approx"}, {"auto", "", "approx"}, {"auto", weights, "approx"}, {"org/name", "org/other", "org/name"},
	} {
		tok, err := Auto(x.tokenizer, x.model)
		require.NoError(t, err, "%+v", x)
		require.Equal(t, x.want, tok.Name(), "%+v", x)
	}
	_, err := Auto("org/other", "org/name")
	require.ErrorIs(t, err, ErrNotFound, "one that is named must be there")
	_, err = Auto("auto", filepath.Dir(bad))
	require.ErrorContains(t, err, "--tokenizer approx", "one that is there and cannot be read is no silent approx")
}
