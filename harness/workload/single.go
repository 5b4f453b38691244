package workload

import (
	"io"
	"time"
)

type single struct{ req *Request }

func (s *single) Next(*Reply) (*Request, time.Duration, error) {
	r := s.req
	s.req = nil
	if r == nil {
		return nil, 0, io.EOF
	}
	return r, 0, nil
}
