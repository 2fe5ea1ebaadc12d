//! The HTTP server: routes, and connections that a fault can cut off before an answer is written.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::Response;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::api::{self, params::Params};
use super::observe::Hub;
use super::page::{self, Guard};

/// What every request can reach.
#[derive(Clone)]
pub(crate) struct Shared {
    pub hub: Arc<Hub>,
    pub token: Option<Arc<str>>,
    pub guard: Arc<Guard>,
}

/// Serves until the sandbox stops, then lets running answers end.
pub(crate) async fn serve(listener: TcpListener, shared: Shared) {
    let hub = Arc::clone(&shared.hub);
    let routes = router(shared).into_make_service_with_connect_info::<Link>();
    let serving =
        axum::serve(Cuttable(listener), routes).with_graceful_shutdown(async move { hub.stopped().await });
    // axum retries failed accepts itself, and its future yields no error.
    let _ = serving.await;
}

fn router(shared: Shared) -> Router {
    Router::new()
        .merge(page::routes())
        .route("/{bot}/{method}", any(call))
        .route("/file/{bot}/{*path}", get(file))
        .layer(axum::extract::DefaultBodyLimit::max(api::params::MAX_BODY))
        .with_state(shared)
}

/// Token of a `bot<TOKEN>` segment, if it is right.
fn is_right(shared: &Shared, bot: &str) -> bool {
    match (bot.strip_prefix("bot"), &shared.token) {
        (Some(token), None) => !token.is_empty(),
        (Some(token), Some(right)) => token == &**right,
        (None, _) => false,
    }
}

async fn call(
    State(shared): State<Shared>,
    Path((bot, method)): Path<(String, String)>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: Request,
) -> Response<Body> {
    if !is_right(&shared, &bot) {
        return api::unauthorized();
    }
    if let Err(refused) = shared.guard.check_origin(request.headers()) {
        return refused.into_response();
    }
    match Params::read(request).await {
        Ok(params) => api::call(&shared.hub, &method, params, &link.0).await,
        Err(what) => api::unreadable(&what),
    }
}

async fn file(State(shared): State<Shared>, Path((bot, path)): Path<(String, String)>) -> Response<Body> {
    if !is_right(&shared, &bot) {
        return api::unauthorized();
    }
    api::download(&shared.hub.lock(), &path)
}

/// The switch that cuts a connection off.
#[derive(Clone)]
pub(crate) struct Link(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Cuttable>> for Link {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        Self(Arc::clone(&stream.io().cut))
    }
}

/// A listener whose connections have a switch.
struct Cuttable(TcpListener);

impl Listener for Cuttable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and written at once; waiting for more only costs time.
        let _ = stream.set_nodelay(true);
        (Connection { stream, cut: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that fails as soon as it is to be written to after the switch was set.
struct Connection {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if self.cut.load(Ordering::Acquire) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
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
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
