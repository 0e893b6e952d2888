// Writes collector.jsonl: what the package decides that the OpenTelemetry Collector's probabilistic sampler stands on.
//
//	go mod init vectors
//	go get github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling@v0.165.1
//	go run collector.go > collector.jsonl
package main

import (
	"encoding/json"
	"math"
	"math/rand"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

type vector struct {
	Ratio   float64 `json:"ratio"`
	Th      string  `json:"th"`
	TraceID string  `json:"trace_id"`
	Sampled bool    `json:"sampled"`
}

func main() {
	chance := rand.New(rand.NewSource(20261128))
	out := json.NewEncoder(os.Stdout)
	ratios := []float64{1, 0.9999, 0.99, 0.75, 0.5, 1. / 3, 0.25, 0.2, 0.1, 0.0625, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 1e-9, math.Ldexp(1, -56)}
	for len(ratios) < 150 {
		ratios = append(ratios, math.Pow(10, -8*chance.Float64()))
	}
	for _, ratio := range ratios {
		threshold, err := sampling.ProbabilityToThresholdWithPrecision(ratio, 4)
		if err != nil {
			panic(err)
		}
		for n := 0; n < 8; n++ {
			var id pcommon.TraceID
			chance.Read(id[:])
			if n >= 4 {
				// Around the threshold itself.
				at := int64(threshold.Unsigned()) + int64(n) - 6
				if at < 0 || at >= 1<<56 {
					continue
				}
				for digit := 0; digit < 7; digit++ {
					id[15-digit] = byte(at >> (8 * digit))
				}
			}
			sampled := threshold.ShouldSample(sampling.TraceIDToRandomness(id))
			if err := out.Encode(vector{ratio, threshold.TValue(), id.String(), sampled}); err != nil {
				panic(err)
			}
		}
	}
}
