package result_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestRedactText(t *testing.T) {
	for in, want := range map[string]string{
		"http://me:pw@h:8000/v1":                                  "http://h:8000/v1",
		"http://h/a@b":                                            "http://h/a@b",
		"load --api-key sk-1 --osl 4":                             "load --api-key REDACTED --osl 4",
		"load --api-key='s k' x":                                  "load --api-key=REDACTED x",
		`--header "Authorization: Bearer abc" --isl 5`:            `--header "Authorization: REDACTED" --isl 5`,
		"--tokenizer m --max-tokens 5 --api-key-env KEY --seed 1": "--tokenizer m --max-tokens 5 --api-key-env KEY --seed 1",
		"postgres://u:p@one,http://v:q@two":                       "postgres://one,http://two",
	} {
		require.Equal(t, want, result.RedactText(in))
	}
}

func TestRedactJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"api_key":"s","api_key_env":"KEY","tokenizer":"m","max_tokens":12345678901234567890}`: `{"api_key":"REDACTED","api_key_env":"KEY","max_tokens":12345678901234567890,"tokenizer":"m"}`,
		`{"headers":{"Authorization":["Bearer x"],"X-Team":"y","Accept":"z"}}`:                  `{"headers":{"Accept":"z","Authorization":"REDACTED","X-Team":"REDACTED"}}`,
		`{"header":["X-Mine: s","Accept: z"],"args":["Authorization: s"]}`:                      `{"args":["Authorization: REDACTED"],"header":["X-Mine: REDACTED","Accept: z"]}`,
		`{"target":{"url":"http://a:b@h"},"password":"","token":"t"}`:                           `{"password":"","target":{"url":"http://h"},"token":"REDACTED"}`,
		`null`: `null`,
	} {
		got, err := result.RedactJSON(json.RawMessage(in))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	_, err := result.RedactJSON(json.RawMessage(`{`))
	require.ErrorContains(t, err, "redact configuration")
}
