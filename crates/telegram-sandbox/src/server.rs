//! The HTTP server: routes, and connections that a fault can close before a response is written.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Path, Request, State as Extract};
use axum::http::Response;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::api::{self, params::CallParams};
use crate::context::ServerContext;
use crate::page;

/// Serves until the sandbox stops, then finishes responses in progress.
pub(crate) async fn run_server(listener: TcpListener, shared: ServerContext) {
    let hub = Arc::clone(&shared.hub);
    let routes = build_router(shared).into_make_service_with_connect_info::<ConnectionSwitch>();
    let serving = axum::serve(CuttableListener(listener), routes)
        .with_graceful_shutdown(async move { hub.wait_until_stopped().await });
    // axum retries failed accepts itself, and its future yields no error.
    let _ = serving.await;
}

fn build_router(shared: ServerContext) -> Router {
    Router::new()
        .merge(page::routes())
        .route("/{bot}/{method}", any(handle_call))
        .route("/file/{bot}/{*path}", get(handle_file))
        .layer(axum::extract::DefaultBodyLimit::max(api::params::MAX_BODY))
        // Outermost, so that no route is without it.
        .layer(middleware::from_fn_with_state(shared.clone(), refuse_foreign))
        .with_state(shared)
}

async fn refuse_foreign(
    Extract(shared): Extract<ServerContext>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match shared.guard.check_request(request.method(), request.uri().path(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// Whether a `bot<TOKEN>` path segment has an accepted token.
fn has_valid_token(shared: &ServerContext, bot: &str) -> bool {
    match (bot.strip_prefix("bot"), &shared.token) {
        (Some(token), None) => !token.is_empty(),
        (Some(token), Some(right)) => token == &**right,
        (None, _) => false,
    }
}

async fn handle_call(
    Extract(shared): Extract<ServerContext>,
    Path((bot, method)): Path<(String, String)>,
    ConnectInfo(link): ConnectInfo<ConnectionSwitch>,
    request: Request,
) -> Response<Body> {
    if !has_valid_token(&shared, &bot) {
        return api::unauthorized_response();
    }
    match CallParams::from_request(request).await {
        Ok(params) => api::answer_call(&shared.hub, &method, params, &link.0).await,
        Err(what) => api::bad_request_response(&what),
    }
}

async fn handle_file(
    Extract(shared): Extract<ServerContext>,
    Path((bot, path)): Path<(String, String)>,
) -> Response<Body> {
    if !has_valid_token(&shared, &bot) {
        return api::unauthorized_response();
    }
    api::file_response(&shared.hub.lock_state(), &path)
}

/// Closes its connection when set.
#[derive(Clone)]
pub(crate) struct ConnectionSwitch(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, CuttableListener>> for ConnectionSwitch {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        Self(Arc::clone(&stream.io().cut))
    }
}

/// A listener whose connections can be closed by a switch.
struct CuttableListener(TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableConnection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableConnection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Responses are small and written at once.
        let _ = stream.set_nodelay(true);
        (CuttableConnection { stream, cut: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection on which every write fails once the switch is set.
struct CuttableConnection {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl CuttableConnection {
    fn check_open(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Acquire) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for CuttableConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CuttableConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check_open()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_open()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
