package report

import (
	"fmt"
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/dynbench/dynbench/harness/result"
)

// onePanelMost is the number of lines up to which the percentiles of all share
// one panel, told apart by line style.
const onePanelMost = 3

// percentiles plots p50, p90 and p99 of a metric.
func percentiles(file, title, yLabel, key string) Plot {
	return Plot{File: file, Draw: func(runs []*result.Run, o Options) (image.Image, error) {
		a := chooseAxis(runs)
		gs := groups(runs, a, o)
		scenes := make([]scene, 0, 3)
		for _, p := range plotted() {
			scenes = append(scenes, newScene(gs, quantileOf(key, p)))
		}
		if scenes[0].empty() {
			return nil, nil
		}
		if len(scenes[0].curves) <= onePanelMost {
			return onePanel(runs, a, scenes, title, yLabel), nil
		}
		return threePanels(runs, a, scenes, title, yLabel), nil
	}}
}

func plotted() []float64 { return []float64{50, 90, 99} }

func onePanel(runs []*result.Run, a axis, scenes []scene, title, yLabel string) image.Image {
	f := figure{width: 10, height: 6}
	p := newPanel("P50, P90 and P99 "+a.retitle(title), a.label, yLabel)
	atLevels(&p.X, scenes[0].xs(), a.log, f.panelWidth(1))
	highest := 0.0
	for i, s := range scenes {
		highest = max(highest, s.top())
		for _, c := range s.drawn() {
			c.look.dashes = dashes(percentileDash(i))
			p.Add(c)
		}
	}
	fromZero(&p.Y, highest)
	for i, c := range scenes[0].drawn() {
		c.look.dashes = nil
		f.legend = append(f.legend, entry{scenes[0].names[i], c})
	}
	for i, q := range plotted() {
		black := curve{line: 1.8, look: look{color: color.RGBA{A: 0xff}, dashes: dashes(percentileDash(i))}}
		f.legend = append(f.legend, entry{fmt.Sprintf("P%g", q), black})
	}
	f.panels, f.notes = append(f.panels, p), percentileNotes(scenes, runs)
	return f.image()
}

// percentileDash is the line style of p50, p90, p99: solid, dashed, dotted.
func percentileDash(i int) int { return i }

// percentileNotes are those of the points, and that a p99 of few requests is
// little more than their maximum.
func percentileNotes(scenes []scene, runs []*result.Run) []string {
	notes := scenes[2].notes(runs)
	for _, r := range runs {
		if levelsWhere(r, lowP99) != "" {
			return append(notes, "P99: at some levels fewer than 10 requests lie beyond it.")
		}
	}
	return notes
}

func threePanels(runs []*result.Run, a axis, scenes []scene, title, yLabel string) image.Image {
	f := figure{width: 15, height: 6, title: "P50, P90 and P99 " + a.retitle(title), notes: percentileNotes(scenes, runs)}
	for i, s := range scenes {
		p := newPanel(fmt.Sprintf("P%g", plotted()[i]), a.label, yLabel)
		p.Title.TextStyle.Font.Size = vg.Points(axisText)
		atLevels(&p.X, s.xs(), a.log, f.panelWidth(3))
		fromZero(&p.Y, s.top())
		for j, c := range s.drawn() {
			p.Add(c)
			if i == 0 {
				f.legend = append(f.legend, entry{s.names[j], c})
			}
		}
		f.panels = append(f.panels, p)
	}
	return f.image()
}
