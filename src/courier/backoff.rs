//! Exponential backoff with jitter, so that simultaneous failures are not retried simultaneously.

use std::time::Duration;

const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_mins(1);

/// Returns the delay after so many earlier failures: between half and all of `0.5 s · 2ⁿ`, a minute at most.
pub(super) fn retry_delay(failures: u32) -> Duration {
    let full = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(MAX_DELAY);
    full.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute_and_are_never_equal_for_all() {
        for failures in 0..40 {
            let full = FIRST_DELAY.as_secs_f64() * 2_f64.powi(failures.min(16));
            let pause = retry_delay(u32::try_from(failures).unwrap_or_default()).as_secs_f64();
            assert!(pause >= full.min(60.0) * 0.49 && pause <= full.min(60.0) * 1.01, "{failures}: {pause}");
        }
        let drawn: std::collections::HashSet<_> = (0..50).map(|_| retry_delay(3)).collect();
        assert!(drawn.len() > 1);
    }
}
