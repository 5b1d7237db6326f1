//! A real HTTP server: axum with tower-http's files, which knows ranges.

use axum::Router;
use std::path::Path;
use tower_http::services::ServeDir;

/// Serves until it is dropped.
pub struct Server {
    pub port: u16,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Gives out the files of a folder.
    pub fn of(dir: &Path) -> Self {
        Self::new(Router::new().fallback_service(ServeDir::new(dir)))
    }

    pub fn new(router: Router) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let port = listener.local_addr().expect("its address").port();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            port,
            runtime: Some(runtime),
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
