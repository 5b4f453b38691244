package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

// A level that was measured is not missing, under whichever name its rate stands.
func TestMissingLevelsOfAnOpenLoop(t *testing.T) {
	for _, axis := range []string{"rate", "request_rate"} {
		r := &result.Run{Levels: []result.Level{{Name: "r30", State: result.LevelOK, Axes: map[string]float64{axis: 30}}}}
		r.Load.Kind, r.Load.Levels = "rate", []float64{30, 60}
		require.Equal(t, []string{"r60"}, missing(r), axis)
	}
}
