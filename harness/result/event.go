package result

// Event is something that was done to the target, or happened to it, while a
// level ran.
type Event struct {
	At    int64  `json:"at"`             // ns from the run's start, on the clock of the records
	Took  int64  `json:"took,omitempty"` // ns until it was done
	What  string `json:"what"`           // "crash", "drain", "join", "restart"
	Part  string `json:"part,omitempty"` // "engine-1"
	Error string `json:"error,omitempty"`
}

// Label names the event for people: "crash engine-1".
func (e Event) Label() string {
	if e.Part == "" {
		return e.What
	}
	return e.What + " " + e.Part
}
