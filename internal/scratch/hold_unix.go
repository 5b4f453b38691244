//go:build unix

package scratch

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// hold takes the lock on the folder at path, or returns errTaken if another has
// it or has removed the folder. A file system without locks gives none, to
// nobody.
func hold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errTaken
	}
	if err != nil {
		return nil, err
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		_ = f.Close()
		return nil, errTaken
	case err != nil:
		return nil, f.Close()
	}
	held, err := f.Stat()
	if now, failed := os.Lstat(path); err != nil || failed != nil || !os.SameFile(held, now) {
		_ = f.Close()
		return nil, errTaken // removed while we waited for nothing but the lock
	}
	return f, nil
}
