// Package live shows the progress of a run while it goes: on a terminal a bar
// for each level, elsewhere a line every few seconds and one at each level's
// end. Start from New; View.Level gives a Bar, which is a record.Sink. It
// promises nothing to other modules.
package live
