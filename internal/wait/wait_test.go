package wait

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUntilTriesAtOnceAndThenAtEachInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		err := Until(t.Context(), time.Second, func(context.Context) error {
			if tries++; tries == 4 {
				return nil
			}
			return errors.New("not yet")
		})
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestUntilTellsTheLastErrorAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("connection refused")
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		err := Until(ctx, time.Second, func(context.Context) error { return refused })
		require.ErrorIs(t, err, refused)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "not ready after 2.5s and 3 tries")
	})
}

// A try that our own deadline cut off says less than the one before it.
func TestUntilPrefersTheErrorBeforeTheCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		tries := 0
		err := Until(ctx, time.Second, func(ctx context.Context) error {
			if tries++; tries == 1 {
				return errors.New("status 503")
			}
			<-ctx.Done()
			return errors.New("request cancelled")
		})
		require.ErrorContains(t, err, "status 503")
		require.NotContains(t, err.Error(), "request cancelled")
	})
}

func TestStopEndsTheWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, exited := time.Now(), errors.New("exit status 1")
		err := Until(t.Context(), time.Hour, func(context.Context) error { return Stop(exited) })
		require.Equal(t, exited, err)
		require.Zero(t, time.Since(began))
		require.NoError(t, Stop(nil))
	})
}

func TestAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := AtMost(t.Context(), time.Second, 300*time.Millisecond, func(context.Context) error { return errors.New("not yet") })
		require.EqualError(t, err, "not ready after 1s and 4 tries: context deadline exceeded; last: not yet")
	})
}
