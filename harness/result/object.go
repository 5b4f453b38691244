package result

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object that keeps the order of its keys, as the files of
// AIPerf do: fixed fields around the metrics.
type object struct {
	keys   []string
	values []any
}

// set appends a key.
func (o *object) set(key string, value any) {
	o.keys = append(o.keys, key)
	o.values = append(o.values, value)
}

// setIf appends a key when it says something.
func (o *object) setIf(says bool, key string, value any) {
	if says {
		o.set(key, value)
	}
}

// setFinite appends a number that JSON can hold and leaves out any other.
func (o *object) setFinite(key string, value float64) {
	if v := finite(value); v != nil {
		o.set(key, *v)
	}
}

// MarshalJSON writes the keys in their order.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
