package result_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

type inputsDoc struct {
	Data []struct {
		ID       string            `json:"session_id"`
		Payloads []json.RawMessage `json:"payloads"`
	}
	LeftOut int `json:"left_out"`
}

func TestInputsGroupTurnsOfASession(t *testing.T) {
	dir := t.TempDir()
	in, err := result.CreateInputs(dir, 0)
	require.NoError(t, err)
	require.NoError(t, in.Add(0, []byte(`{"n":1}`)))
	require.NoError(t, in.Add(0, []byte(`{"n":2}`)))
	require.NoError(t, in.Add(1, []byte("not json")))
	require.NoFileExists(t, dir+"/"+result.InputsFile)
	require.NoError(t, in.Close())
	in.Abandon()
	want := `{"data":[{"session_id":"session_000000","payloads":[{"n":1},{"n":2}]},` + "\n" +
		`{"session_id":"session_000001","payloads":["not json"]}]}` + "\n"
	require.Equal(t, want, read(t, dir, result.InputsFile))
}

func TestInputsAreBounded(t *testing.T) {
	dir := t.TempDir()
	in, err := result.CreateInputs(dir, 100)
	require.NoError(t, err)
	for i := range uint64(10) {
		require.NoError(t, in.Add(i, []byte(`{"content":"`+strings.Repeat("x", 20)+`"}`)))
	}
	require.NoError(t, in.Close())
	var doc inputsDoc
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, result.InputsFile)), &doc))
	require.Len(t, doc.Data, 2)
	require.Equal(t, 8, doc.LeftOut)
}

func TestInputsEmptyAndAbandoned(t *testing.T) {
	dir := t.TempDir()
	in, err := result.CreateInputs(dir, 0)
	require.NoError(t, err)
	in.Abandon()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
	in, err = result.CreateInputs(dir, 0)
	require.NoError(t, err)
	require.NoError(t, in.Close())
	require.Equal(t, `{"data":[]}`+"\n", read(t, dir, result.InputsFile))
	_, err = result.CreateInputs(dir+"/none", 0)
	require.ErrorIs(t, err, os.ErrNotExist)
}
