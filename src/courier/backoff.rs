//! When to try again: exponential, with jitter, so that many failures at once do not come back at once.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(1);

/// The pause after the given number of earlier failures: between half and all of `0.5 s · 2ⁿ`, a minute at most.
pub(super) fn retry_delay(failures: u32) -> Duration {
    let full = FIRST.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(LONGEST);
    full.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_minute_and_are_never_equal_for_all() {
        for failures in 0..40 {
            let full = FIRST.as_secs_f64() * 2_f64.powi(failures.min(16));
            let pause = retry_delay(u32::try_from(failures).unwrap_or_default()).as_secs_f64();
            assert!(pause >= full.min(60.0) * 0.49 && pause <= full.min(60.0) * 1.01, "{failures}: {pause}");
        }
        let drawn: std::collections::HashSet<_> = (0..50).map(|_| retry_delay(3)).collect();
        assert!(drawn.len() > 1);
    }
}
