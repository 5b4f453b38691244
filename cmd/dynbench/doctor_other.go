//go:build !linux && !darwin

package main

func openFiles() (uint64, bool) { return 0, false }

func freeSpace(string) (uint64, bool) { return 0, false }
