package tokens

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCursorStrings(t *testing.T) {
	for _, text := range []string{``, `a`, `é▁Ġ`, `\"\\\/\b\f\n\r\t`, `\u00e9\u4e00`, `x\ud83d\ude00y`, `a\u0000b`} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+text+`"`), &want))
		c := cursor{data: []byte(` "` + text + `" ,`)}
		got, err := c.string()
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.EqualValues(t, ',', c.peek())
	}
	for _, text := range []string{``, `a`, `"`, `"a`, `"\x"`, `"\u12"`, `"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\`} {
		c := cursor{data: []byte(text)}
		_, err := c.str()
		require.ErrorContains(t, err, "invalid JSON at byte", "%q", text)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	with := func(model string) string { return `{"model":{` + model + `}}` }
	for text, want := range map[string]string{
		``:                                     "invalid JSON",
		`[]`:                                   "want {",
		`{}`:                                   "no section model",
		`{"model":`:                            "want {",
		with(`"type":"BPE"`):                   "vocabulary is empty",
		with(`"type":"WordPiece","vocab":{}`):  `"WordPiece" is not supported`,
		with(`"type":"Unigram","vocab":[]`):    `"Unigram" is not supported`,
		with(`"vocab":[]`):                     "not BPE is not supported",
		with(`"vocab":{"a":-1}`):               "whole number",
		with(`"vocab":{"a":0,"b":0}`):          "same id 0",
		with(`"vocab":{"a":99999999}`):         "has the id 99999999",
		with(`"vocab":{"a":999999999999}`):     "whole number",
		with(`"vocab":{"a":0},"merges":["a"]`): "not two parts",
		with(`"vocab":{"a":0},"merges":["a a a"]`):                                                                            "not two parts",
		with(`"vocab":{"a":0},"merges":[["a"]]`):                                                                              "less than two",
		with(`"vocab":{"a":0},"merges":[["a","a","a"]]`):                                                                      "more than two",
		with(`"vocab":{"a":0},"merges":["a b"]`):                                                                              "not both in the vocabulary",
		with(`"vocab":{"a":0},"merges":["a a"]`):                                                                              `gives "aa": not in the vocabulary`,
		with(`"vocab":{"a":0},"dropout":0.1`):                                                                                 "drawn at random",
		with(`"vocab":{"a":0},"unk_token":"u"`):                                                                               `unk_token "u" is not`,
		with(`"vocab":{"a":0},"unk_token":5`):                                                                                 "model.unk_token",
		`{"normalizer":{"type":"X"},"model":{"vocab":{"a":0}}}`:                                                               `normalizer "X" is not supported`,
		`{"normalizer":{"type":"Replace"},"model":{"vocab":{"a":0}}}`:                                                         "neither String nor Regex",
		`{"normalizer":5,"model":{"vocab":{"a":0}}}`:                                                                          "normalizer:",
		`{"pre_tokenizer":{"type":"X"},"model":{"vocab":{"a":0}}}`:                                                            `pre_tokenizer "X" is not supported`,
		`{"pre_tokenizer":{"type":"Split"},"model":{"vocab":{"a":0}}}`:                                                        "neither String nor Regex",
		`{"pre_tokenizer":{"type":"Split","behavior":"X"},"model":{"vocab":{"a":0}}}`:                                         `behavior "X"`,
		`{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}},"model":{"vocab":{"a":0}}}`:                                `pattern "("`,
		`{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"X"}]},"model":{"vocab":{"a":0}}}`: "after ByteLevel",
		`{"decoder":{"type":"X"},"model":{"vocab":{"a":0}}}`:                                                                  `decoder "X" is not supported`,
	} {
		_, err := Parse("m", []byte(text))
		require.ErrorContains(t, err, want, text)
		require.ErrorContains(t, err, "tokenizer m: ", text)
	}
}

func TestParseTakesSectionsInAnyOrder(t *testing.T) {
	tok, err := Parse("m", []byte(`{"model":{"merges":[["a","b"],"ab c"],"vocab":{"a":0,"b":1,"c":2,"ab":7,"abc":4},"new":[{"x":[1]}]},
		"added_tokens":[{"id":9,"content":"<x>"},{"id":3,"content":"c"}],"extra":{"a":"}]"},"normalizer":null}`))
	require.NoError(t, err)
	require.Equal(t, []int32{7, 5, 7, 2}, tok.Encode(nil, "ab<x>abc"), "c is cut out before merges; <x> has the next free id, not 9")
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"model":{"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`,
		`{"added_tokens":null,"model":{"type":"BPE","vocab":{"\u00e9":0}}}`,
		`{"model":{"vocab":{"a":0},"unk_token":"a","fuse_unk":true,"end_of_word_suffix":"x"},"added_tokens":[{"content":"\n","normalized":true}]}`,
		`{"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},` +
			`"decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Strip","content":" ","start":1}]},` +
			`"model":{"vocab":{"<0x61>":0,"▁":1},"byte_fallback":true}}`,
		`{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a+"},"behavior":"Removed"},{"type":"ByteLevel"}]},` +
			`"added_tokens":[{"content":"b","lstrip":true,"rstrip":true,"single_word":true}],"model":{"vocab":{"Ġ":5}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Parse("fuzz", data)
		if err != nil {
			return
		}
		text := strings.ToValidUTF8(string(data[:min(len(data), 200)]), "?")
		ids := tok.Encode(nil, text)
		require.Len(t, ids, tok.Count(text))
		tok.Decode(ids)
	})
}

// FuzzCursor holds strings and skipped values against encoding/json.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{`"a\u00e9"`, `{"a":[1,2,{"b":"}"}]}`, `[]`, `-1.5e3`, `null`, `"\ud83d\ude00"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || !utf8.Valid(data) {
			c := cursor{data: data}
			_, _ = c.raw()
			return
		}
		c := cursor{data: data}
		raw, err := c.raw()
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(string(data)), string(raw))
		var want string
		if json.Unmarshal(data, &want) == nil && data[0] == '"' {
			c = cursor{data: data}
			if got, err := c.string(); err == nil {
				require.Equal(t, want, got)
			} else {
				require.Contains(t, want, "\uFFFD", "only half surrogates are refused")
			}
		}
	})
}
