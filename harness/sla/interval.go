package sla

import "gonum.org/v1/gonum/stat/distuv"

// risk is the chance of a wrong pass, and of a wrong fail, of a percentile that
// lies exactly at its limit.
const risk = 0.05

// upperBound and lowerBound are the one-sided 95 % bounds of Clopper and Pearson
// for the share of which x of n were seen. x and n need not be whole: they are
// scaled to the number of independent requests.

func upperBound(x, n float64) float64 {
	if x >= n {
		return 1
	}
	return distuv.Beta{Alpha: x + 1, Beta: n - x}.Quantile(1 - risk)
}

func lowerBound(x, n float64) float64 {
	if x <= 0 {
		return 0
	}
	return distuv.Beta{Alpha: min(x, n), Beta: max(n-x, 0) + 1}.Quantile(risk)
}
