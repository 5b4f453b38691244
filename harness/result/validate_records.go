package result

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/dynbench/dynbench/harness/record"
)

// records checks each line and returns the number of measured ones.
func (v *validation) records(path string) int {
	f, err := os.Open(path)
	if err != nil {
		v.add(path, 0, "%v", plain(err))
		return -1
	}
	defer f.Close()
	first, measured := map[recordID]int{}, 0
	br := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		line, readErr := br.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			id, warmup, err := v.line(text)
			switch before, twice := first[id]; {
			case err != nil:
				v.add(path, n, "%v", err)
			case twice:
				v.add(path, n, "request %d stands in line %d already", id.id, before)
			default:
				first[id] = n
			}
			if err == nil && !warmup {
				measured++
			}
		}
		if readErr != nil {
			if !errors.Is(readErr, io.EOF) {
				v.add(path, n, "%v", plain(readErr))
			}
			return measured
		}
	}
}

// recordID is unique within a level.
type recordID struct {
	shard int
	id    uint64
}

func (v *validation) line(text []byte) (id recordID, warmup bool, err error) {
	if err := v.check.check("record", text); err != nil {
		return recordID{}, false, err
	}
	for r, err := range record.Read(bytes.NewReader(text)) {
		return recordID{r.Shard, r.ID}, r.Phase == record.Warmup, err
	}
	return recordID{}, false, nil
}
