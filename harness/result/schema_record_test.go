package result

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

func TestRecordSchemaKnowsEveryField(t *testing.T) {
	rec := record.Record{
		ID: 1, Sent: 1, FirstToken: 2, Last: 3, End: 3, Events: 2, FirstTokens: 2, Stamp: record.Kernel,
		ReceiveDelay: 1000, ReceiveDelayMax: 2000, Unstamped: 1,
	}
	rec.Gaps.Add(1)
	rec.TokenGaps.AddN(1, 4)
	line, err := LinesOf(time.Now(), metric.Standard())(nil, &rec)
	require.NoError(t, err)
	var c checker
	require.NoError(t, c.check("record", line))
	require.Error(t, c.check("record", bytes.Replace(line, []byte(`"unstamped":1`), []byte(`"unstamped":-1`), 1)))

	var schema struct {
		Properties struct {
			Dynbench struct {
				Properties map[string]any
			}
		}
	}
	text, err := schemaFiles.ReadFile("schema/record.schema.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	for _, f := range reflect.VisibleFields(reflect.TypeFor[record.Record]()) {
		name, _, _ := bytes.Cut([]byte(f.Tag.Get("json")), []byte(","))
		if string(name) == "-" {
			continue
		}
		require.Contains(t, schema.Properties.Dynbench.Properties, string(name))
	}
}
