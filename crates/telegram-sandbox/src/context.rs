//! What the handlers of HTTP requests share.

use std::sync::Arc;

use crate::host_guard::HostGuard;
use crate::hub::StateHub;

/// The state that every request handler shares.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub hub: Arc<StateHub>,
    pub token: Option<Arc<str>>,
    pub guard: Arc<HostGuard>,
}
