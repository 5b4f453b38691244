package result

import (
	"path/filepath"
)

// comparison checks comparison.json, if there is one: its form, and that the runs
// it names are those that lie in their folders.
func (v *validation) comparison(path string) {
	if !isFile(path) || !v.file(path, "comparison") {
		return
	}
	c, err := ReadComparison(filepath.Dir(path))
	if err != nil {
		v.add(path, 0, "%v", err)
		return
	}
	for _, p := range c.Pairs {
		for _, r := range p.Runs {
			if r.Dir == "" {
				continue
			}
			run, err := readRunFile(filepath.Join(c.Dir, filepath.FromSlash(r.Dir), RunFile))
			switch {
			case err != nil:
				v.add(path, 0, "pair %d: run of %s: %v", p.Number, r.Arm, err)
			case run.RunID != r.RunID:
				v.add(path, 0, "pair %d: run_id %s of %s, its folder has %s", p.Number, r.RunID, r.Arm, run.RunID)
			case run.Salt != p.Salt || run.Seed != p.Seed:
				v.add(path, 0, "pair %d: the run of %s had other prompts: seed %d, salt %s", p.Number, r.Arm, run.Seed, run.Salt)
			}
		}
	}
}
