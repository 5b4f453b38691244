package main

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree makes one of each thing that a NAR can hold.
func tree(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no execute bit and no symlinks without privileges on windows")
	}
	dir := t.TempDir()
	for _, d := range []string{"sub", "empty"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	for name, content := range map[string]string{
		"a.txt": "hello\n", "zero": "", "sub/eight": "12345678", "B": "x", "run": "#!/bin/sh\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "run"), 0o755))
	require.NoError(t, os.Symlink("../a.txt", filepath.Join(dir, "sub", "link")))
	return dir
}

// The expected values are what `nix hash path` of Nix 2.8.0 prints.
func TestHashIsThatOfNix(t *testing.T) {
	dir := tree(t)
	for name, want := range map[string]string{
		".":        "sha256-XON7khVnCEK/ROshIew8FJ5O6Tb95kYfuhzPxaypRpE=",
		"run":      "sha256-YoPBZoJg+QPRqJXAzWuCL6S2h2K7CxfO3vLTnZfiZVQ=",
		"sub/link": "sha256-dzJRG6k1gkmKyNYN7EQn9p39rAZJMYbHQvfLRZPI+iM=",
		"zero":     "sha256-d6xi4mKdjkX2JFicDIv5niSzpyI0m/Hnm8GGAIU04kY=",
	} {
		got, err := hash(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}

func TestHashSeesOnlyTheExecuteBit(t *testing.T) {
	dir := tree(t)
	before, err := hash(dir)
	require.NoError(t, err)

	require.NoError(t, os.Chmod(filepath.Join(dir, "a.txt"), 0o600))
	same, err := hash(dir)
	require.NoError(t, err)
	require.Equal(t, before, same)

	require.NoError(t, os.Chmod(filepath.Join(dir, "a.txt"), 0o744))
	other, err := hash(dir)
	require.NoError(t, err)
	require.NotEqual(t, before, other)
}

func TestHashFails(t *testing.T) {
	dir := tree(t)
	_, err := hash(filepath.Join(dir, "absent"))
	require.ErrorContains(t, err, "absent")

	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, err = hash(dir)
	require.ErrorContains(t, err, "neither file, symlink nor folder")
}
