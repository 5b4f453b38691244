package metric

// Rates over the phase window, from the first measured send to the last
// measured end, as AIPerf's.
var (
	RequestThroughput = OfLevel(Def{
		Key: "request_throughput", Alias: "rps", Title: "Request Throughput", Unit: "requests/sec", Direction: HigherIsBetter,
		Doc: "Successful requests / phase window. As AIPerf's.",
	}, func(t *Totals, f Facts) (PerSecond, bool) { return perSecond(float64(t.OK), t, f) })

	OutputTokenThroughput = OfLevel(Def{
		Key: "output_token_throughput", Alias: "otps", Title: "Output Token Throughput", Unit: "tokens/sec", Direction: HigherIsBetter, Tokens: OfOutput,
		Doc: "Sum of OSL / phase window. As AIPerf's.",
	}, outputPerSecond)

	InputTokenThroughput = OfLevel(Def{
		Key: "input_token_throughput", Alias: "itps", Title: "Input Token Throughput", Unit: "tokens/sec", Direction: HigherIsBetter, Tokens: OfInput,
		Doc: "Sum of ISL / phase window. As AIPerf's.",
	}, func(t *Totals, f Facts) (PerSecond, bool) {
		v, ok := perSecond(float64(t.Input), t, f)
		return v, ok && t.inputKnown()
	})

	TotalTokenThroughput = OfLevel(Def{
		Key: "total_token_throughput", Alias: "ttps", Title: "Total Token Throughput", Unit: "tokens/sec", Direction: HigherIsBetter, Tokens: OfBoth,
		Doc: "Sum of ISL and OSL / phase window. As AIPerf's.",
	}, func(t *Totals, f Facts) (PerSecond, bool) {
		v, ok := perSecond(float64(t.Input+t.Output), t, f)
		return v, ok && t.inputKnown() && t.outputKnown()
	})

	TokensPerGPU = OfLevel(Def{
		Key: "output_token_throughput_per_gpu", Alias: "tps_gpu", Title: "Output Token Throughput Per GPU", Unit: "tokens/sec/gpu", Direction: HigherIsBetter, Tokens: OfOutput,
		Doc: "Output token throughput / number of GPUs; absent where that is unknown.",
	}, func(t *Totals, f Facts) (PerSecond, bool) {
		v, ok := outputPerSecond(t, f)
		if f.GPUs <= 0 {
			return 0, false
		}
		return v / PerSecond(f.GPUs), ok
	})

	Goodput = OfLevel(Def{
		Key: "goodput", Title: "Goodput", Unit: "requests/sec", Direction: HigherIsBetter,
		Doc: "Successful requests within all limits / phase window; absent without limits. As AIPerf's.",
	}, func(t *Totals, f Facts) (PerSecond, bool) {
		v, ok := perSecond(float64(t.Good), t, f)
		return v, ok && t.Judged
	})
)

// Rates over the steady window, in which all slots were busy.
var (
	SteadyRequestThroughput = OfLevel(Def{
		Key: "steady_request_throughput", Alias: "steady_rps", Title: "Steady Request Throughput", Unit: "requests/sec", Direction: HigherIsBetter,
		Doc: "Successful requests, each weighted by the share of its time from send to end that lies inside the steady window / the window's length. The steady window begins when all slots are busy and ends when fewer are for the first time because nothing is left to send; in an open loop it is from the first measured send, but not before any request has ended, to the last send.",
	}, func(t *Totals, f Facts) (PerSecond, bool) { return steady(t.SteadyRequests, t, f) })

	SteadyOutputTokenThroughput = OfLevel(Def{
		Key: "steady_output_token_throughput", Alias: "steady_otps", Title: "Steady Output Token Throughput", Unit: "tokens/sec", Direction: HigherIsBetter, Tokens: OfOutput,
		Doc: "Sum of OSL, each weighted by the share of its request's time from first to last content that lies inside the steady window / the window's length.",
	}, func(t *Totals, f Facts) (PerSecond, bool) {
		v, ok := steady(t.SteadyOutput, t, f)
		return v, ok && t.outputKnown()
	})
)

func outputPerSecond(t *Totals, f Facts) (PerSecond, bool) {
	v, ok := perSecond(float64(t.Output), t, f)
	return v, ok && t.outputKnown()
}

func perSecond(sum float64, t *Totals, f Facts) (PerSecond, bool) {
	s := f.Window.Seconds()
	if s <= 0 || t.Ended() == 0 {
		return 0, false
	}
	return PerSecond(sum / s), true
}

func steady(sum float64, t *Totals, f Facts) (PerSecond, bool) {
	s := float64(f.Window.SteadyEnd-f.Window.SteadyStart) / 1e9
	if s <= 0 || t.Ended() == 0 {
		return 0, false
	}
	return PerSecond(sum / s), true
}

// inputKnown says that a successful request's prompt was counted, outputKnown
// the same of its answer.
func (t *Totals) inputKnown() bool  { return known(t.InputBy[:]) }
func (t *Totals) outputKnown() bool { return known(t.OutputBy[:]) }

func known(by []int) bool {
	for _, n := range by[1:] {
		if n > 0 {
			return true
		}
	}
	return false
}
