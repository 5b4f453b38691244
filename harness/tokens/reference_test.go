package tokens

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// vector is what the reference library made of a text; testdata/reference.py writes them.
type vector struct {
	Text    string  `json:"text"`
	IDs     []int32 `json:"ids"`
	Decoded *string `json:"decoded"` // nil: Text
}

func readVectors(t testing.TB, path string) []vector {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var out []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v vector
		require.NoError(t, json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &v))
		out = append(out, v)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, out)
	return out
}

// checkVectors wants each text token for token, and back.
func checkVectors(t *testing.T, tok *BPE, vectors []vector) {
	t.Helper()
	wrong, total := 0, 0
	for _, v := range vectors {
		got := tok.Encode([]int32{}, v.Text)
		total += len(v.IDs)
		// The reference library puts U+FFFD where tokens end within a character.
		decoded := tok.Decode(v.IDs)
		want := v.Text
		if v.Decoded != nil {
			want = *v.Decoded
		}
		same := slices.Equal(got, v.IDs)
		if utf8.ValidString(decoded) {
			same = same && decoded == want
		}
		if same {
			continue
		}
		if wrong++; wrong <= 5 {
			i := 0
			for i < len(got) && i < len(v.IDs) && got[i] == v.IDs[i] {
				i++
			}
			t.Errorf("text %.300q\n%d tokens, want %d; from %d on %q, want %q\ndecoded %.300q, want %.300q", v.Text, len(got), len(v.IDs), i,
				pieceTexts(tok, got[i:]), pieceTexts(tok, v.IDs[i:]), decoded, want)
		}
	}
	t.Logf("%d texts, %d tokens, %d texts differ", len(vectors), total, wrong)
}

func pieceTexts(tok *BPE, ids []int32) []string {
	var out []string
	for _, id := range ids[:min(len(ids), 8)] {
		out = append(out, string(tok.vocab.token(id)))
	}
	return out
}

func openBPE(t testing.TB, path string) *BPE {
	t.Helper()
	tok, err := Open(path)
	require.NoError(t, err)
	return tok.(*BPE)
}

// TestSmallVocabularies holds vocabularies of each shape against the reference library.
func TestSmallVocabularies(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.tokenizer.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name, _ := strings.CutSuffix(path, ".tokenizer.json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			checkVectors(t, openBPE(t, path), readVectors(t, name+".jsonl"))
		})
	}
}

// TestFamilies does it with the vocabularies of models, which make tokens-check
// brings: folders of DYNBENCH_TOKENS_CHECK with tokenizer.json and vectors.jsonl.
func TestFamilies(t *testing.T) {
	dir := os.Getenv("DYNBENCH_TOKENS_CHECK")
	if dir == "" {
		t.Skip("DYNBENCH_TOKENS_CHECK is not set: make tokens-check sets it")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "vectors.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			checkVectors(t, openBPE(t, filepath.Dir(path)), readVectors(t, path))
		})
	}
}
