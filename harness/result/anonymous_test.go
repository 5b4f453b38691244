package result

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

func TestAnonymous(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"queue full", "queue full"},
		{"429 Too Many Requests", "429 Too Many Requests"},
		{"request 81273 dropped", "request <n> dropped"},
		{"took 123 of 1234 ms", "took 123 of <n> ms"},
		{"chatcmpl-8xYk2L9q failed", "chatcmpl-<id> failed"},
		{"req_7f3k: gone", "req_<id>: gone"},
		{"request-too-large", "request-too-large"},
		{"id 6f9619ff-8b86-d011-b42d-00cf4fc964ff.", "id <id>."},
		{"worker-6f9619ff-8b86-d011-b42d-00cf4fc964ff lost", "worker-<id> lost"},
		{"block deadbeefcafe evicted", "block <id> evicted"},
		{"seen deadbee", "seen deadbee"},
		{"lease 0x1f2e3d4c5b6a", "lease <id>"},
		{"unknown session 'ab12cd'", "unknown session '<id>'"},
		{"parameter \"max_tokens\" is bad", "parameter \"max_tokens\" is bad"},
		{"dial tcp 10.0.0.7:54321: connection refused", "dial tcp 10.0.0.7:<port>: connection refused"},
		{"code:503", "code:503"},
		{"Qwen3-0.6B not loaded", "Qwen3-0.6B not loaded"},
		{"gpt-4o", "gpt-4o"},
		{"häßlich 99999 \xff", "häßlich <n> \xff"},
	} {
		require.Equal(t, c.want, anonymous(c.in))
	}
}

func FuzzAnonymous(f *testing.F) {
	for _, s := range []string{"", "chatcmpl-8xYk2L9q", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "'ab12cd'", ":54321", "req_1-2_3456", "<n><id>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := anonymous(s)
		require.Equal(t, once, anonymous(once))
		require.LessOrEqual(t, len(once), 2*len(s))
		for run, i := 0, 0; i < len(once); i++ {
			if run++; !digit(once[i]) {
				run = 0
			}
			require.Less(t, run, leastDigits, once)
		}
	})
}

func TestFailuresThatDifferByAnIDAreOneGroup(t *testing.T) {
	g := NewGather(metric.Standard())
	for i := range 1000 {
		require.NoError(t, g.Put(record.Record{
			Outcome: record.HTTPError, Sent: 1, End: 2,
			Error: &record.Error{Status: 500, Message: fmt.Sprintf("request %016x on worker 7 failed", uint64(i)*0x9e3779b97f4a7c15)},
		}))
	}
	require.NoError(t, g.Put(record.Record{Outcome: record.HTTPError, Sent: 1, End: 2, Error: &record.Error{Status: 500, Message: "other"}}))
	var l Level
	g.Fill(&l, metric.Facts{})
	require.Len(t, l.Failures, 2)
	require.Equal(t, ErrorGroup{Code: 500, Type: "http_error", Message: "request 0000000000000000 on worker 7 failed", Count: 1000}, l.Failures[0])
	require.Equal(t, 1, l.Failures[1].Count)
}
