// Package layers holds the shape of the tree as tests: which package may import
// which, how files are named and how long they may be. It has no code of its
// own; the table is in table_test.go.
package layers
