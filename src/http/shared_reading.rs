//! A value that is read by one reader at a time and kept for a while, so that requests cannot occupy the connections that
//! the bot needs.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The value, or why it could not be read.
pub(super) type ReadingResult<T> = Result<Arc<T>, String>;
type ReadingSource<T> =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, String>> + Send>> + Send + Sync>;
/// `None` until the reading has ended.
type PendingReading<T> = watch::Receiver<Option<(Instant, ReadingResult<T>)>>;

pub(super) struct SharedReading<T> {
    source: ReadingSource<T>,
    lifetime: Duration,
    current: Mutex<Option<PendingReading<T>>>,
}

impl<T: Send + Sync + 'static> SharedReading<T> {
    pub(super) fn new<F>(lifetime: Duration, source: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<T, String>> + Send + 'static,
    {
        Self { source: Box::new(move || Box::pin(source())), lifetime, current: Mutex::default() }
    }

    /// Returns a value that is at most `lifetime` old; `None` when it is not there within `timeout`.
    pub(super) async fn get(&self, timeout: Duration) -> Option<ReadingResult<T>> {
        let mut reading = self.current_reading();
        let ended = tokio::time::timeout(timeout, reading.wait_for(Option::is_some)).await.ok()?.ok()?;
        ended.as_ref().map(|(_, result)| result.clone())
    }

    /// Returns the running reading, or the last one while it is fresh, or begins one.
    fn current_reading(&self) -> PendingReading<T> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = current.as_ref().filter(|reading| self.is_usable(reading)) {
            return reading.clone();
        }
        let (sender, reading) = watch::channel(None);
        let value = (self.source)();
        tokio::spawn(async move {
            let result = value.await.map(Arc::new);
            // Without a receiver the monitor has ended.
            let _sent = sender.send(Some((Instant::now(), result)));
        });
        *current = Some(reading.clone());
        reading
    }

    fn is_usable(&self, reading: &PendingReading<T>) -> bool {
        match &*reading.borrow() {
            Some((ended, _)) => ended.elapsed() < self.lifetime,
            // Closed without a value: its task panicked.
            None => reading.has_changed().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn one_reading_serves_all_who_ask_meanwhile_and_a_hanging_one_is_not_repeated() {
        let (count, release) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, released) = (Arc::clone(&count), Arc::clone(&release));
        let reading = SharedReading::new(PATIENCE, move || {
            let (number, released) = (counted.fetch_add(1, Ordering::Relaxed), Arc::clone(&released));
            async move {
                released.notified().await;
                Ok(number)
            }
        });
        for _ in 0..3 {
            assert!(reading.get(Duration::from_millis(1)).await.is_none());
        }
        release.notify_one();
        for _ in 0..3 {
            assert_eq!(*reading.get(PATIENCE).await.unwrap().unwrap(), 0);
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn old_value_is_read_again_and_a_panic_is_no_value() {
        let count = AtomicUsize::new(0);
        let reading = SharedReading::new(Duration::ZERO, move || {
            let number = count.fetch_add(1, Ordering::Relaxed);
            async move { if number == 0 { panic!("as it may") } else { Ok::<_, String>(number) } }
        });
        assert!(reading.get(PATIENCE).await.is_none());
        for expected in 1..4 {
            assert_eq!(*reading.get(PATIENCE).await.unwrap().unwrap(), expected);
        }
    }
}
