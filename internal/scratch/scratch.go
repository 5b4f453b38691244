// Package scratch makes temporary folders that do not outlive who made them for
// long: whoever comes next removes those whose maker was killed.
//
// The kernel says who lives: a maker holds a lock on its folder, which ends with
// it, however it ends. Where there are no such locks (Windows, some network file
// systems), folders of killed programs stay.
//
// The package promises nothing to other modules.
package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// pattern is that of the folders' names, short as sockets in them have paths
// that may not be long. No folder of this name was ever made without its lock.
const pattern = "dynbench-tmp-*"

// errTaken says that somebody else holds a folder.
var errTaken = errors.New("held by another")

// Dir is a temporary folder that this process holds.
type Dir struct {
	path string
	lock *os.File // nil where there are no locks
}

// Make makes an empty folder in os.TempDir, which this process holds until
// Remove or its end.
func Make() (*Dir, error) {
	for range 100 {
		path, err := os.MkdirTemp("", pattern)
		if err != nil {
			return nil, fmt.Errorf("make a temporary folder: %w", err)
		}
		lock, err := hold(path)
		if err == nil {
			return &Dir{path, lock}, nil
		}
		// Between the two lines above somebody took it for one that was left.
		if !errors.Is(err, errTaken) {
			return nil, errors.Join(fmt.Errorf("hold the temporary folder %s: %w", path, err), os.RemoveAll(path))
		}
	}
	return nil, fmt.Errorf("make a temporary folder: others in %s remove it each time", os.TempDir())
}

// Path is where the folder is.
func (d *Dir) Path() string { return d.path }

// Remove removes the folder with all that is in it.
func (d *Dir) Remove() error {
	err := os.RemoveAll(d.path)
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

// Sweep removes the folders in os.TempDir whose makers are gone, as far as this
// user may, and returns their paths.
func Sweep() (removed []string, err error) {
	all, err := filepath.Glob(filepath.Join(os.TempDir(), pattern))
	if err != nil {
		return nil, err
	}
	for _, path := range all {
		lock, failed := hold(path)
		if failed != nil || lock == nil {
			continue // it is in use, or not ours to judge
		}
		if failed = os.RemoveAll(path); failed == nil {
			removed = append(removed, path)
		}
		err = errors.Join(err, failed, lock.Close())
	}
	return removed, err
}
