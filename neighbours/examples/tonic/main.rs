//! Three tonic services, each a process of its own, in one trace.
//!
//! ```text
//! a caller ──Check──► front ──Check──► orders ──Check, Watch──► stock       ServerLayer around each server,
//!                                                                           ClientLayer around each channel
//! ```
//!
//! They speak gRPC's own health protocol, for which there is a crate with the generated code: `front` is well when
//! `orders` is, which is well when `stock` is. Of `orders`' two questions the first is about something that `stock` has
//! never heard of (NOT_FOUND: an error to the caller, none of the server), the second is a stream, read to its end.
//!
//! `cargo run -p throughline-neighbours --example tonic` shows the trace and then serves the viewer until Ctrl-C; with
//! `-- --exit` it ends once it has shown it. What starts the processes is in `examples/stage`.

#[path = "../../../examples/stage/mod.rs"]
mod stage;

use stage::{Stage, url_of};
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use throughline::http::{ClientLayer, ClientService, ServerLayer};
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::ServiceBuilder;
use tracing::{info, warn};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
type Answer = std::result::Result<Response<HealthCheckResponse>, Status>;
type Updates = Pin<Box<dyn Stream<Item = std::result::Result<HealthCheckResponse, Status>> + Send>>;
type Client = HealthClient<ClientService<Channel>>;

const STAGE: Stage = Stage { name: "tonic", services: &["stock", "orders", "front"], spans: 7 };

fn main() -> ExitCode {
    STAGE.main(service, ask)
}

/// The caller, who knows nothing of traces.
async fn ask(front: SocketAddr) -> Result<String> {
    let channel = Endpoint::from_shared(format!("http://{front}"))?.connect().await?;
    let answer = HealthClient::new(channel).check(about("orders")).await?;
    Ok(format!("{:?}", answer.get_ref().status()))
}

fn service(name: &str) -> Result<()> {
    match name {
        "front" => serve(Front { orders: client("orders")? }),
        "orders" => serve(Orders { stock: client("stock")? }),
        "stock" => serve(Stock),
        _ => Err(format!("there is no service {name:?}").into()),
    }
}

fn serve(health: impl Health) -> Result<()> {
    stage::serve(async |listener| {
        let mut server = Server::builder().layer(ServerLayer::new());
        let server = server.add_service(HealthServer::new(health));
        Ok(server.serve_with_incoming(TcpListenerStream::new(listener)).await?)
    })
}

/// A client of a service; the channel connects when it is first used.
fn client(service: &str) -> Result<Service> {
    Ok(Service(url_of(service)?))
}

/// Where a service is.
struct Service(String);

// === impl Service ===

impl Service {
    fn client(&self) -> std::result::Result<Client, Status> {
        let endpoint =
            Endpoint::from_shared(self.0.clone()).map_err(|error| Status::internal(error.to_string()))?;
        let uri = endpoint.uri();
        let (host, port) = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
        let layer = ClientLayer::new().server(host, port);
        Ok(HealthClient::new(ServiceBuilder::new().layer(layer).service(endpoint.connect_lazy())))
    }
}

/// What all of them answer if they are well.
fn well() -> HealthCheckResponse {
    HealthCheckResponse { status: ServingStatus::Serving.into() }
}

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

/// Is well when `orders` is.
struct Front {
    orders: Service,
}

#[tonic::async_trait]
impl Health for Front {
    async fn check(&self, _: Request<HealthCheckRequest>) -> Answer {
        info!("asking orders");
        self.orders.client()?.check(about("stock")).await
    }

    type WatchStream = Updates;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> std::result::Result<Response<Updates>, Status> {
        Err(Status::unimplemented("only stock can be watched"))
    }
}

/// Is well when `stock` is, which it watches.
struct Orders {
    stock: Service,
}

#[tonic::async_trait]
impl Health for Orders {
    async fn check(&self, _: Request<HealthCheckRequest>) -> Answer {
        let mut stock = self.stock.client()?;
        if let Err(status) = stock.check(about("discounts")).await {
            warn!(code = ?status.code(), "no discounts today");
        }
        let mut updates = stock.watch(about("items")).await?.into_inner();
        let mut last = None;
        while let Some(update) = updates.message().await? {
            last = Some(update);
        }
        info!("stock has been watched");
        last.map(Response::new).ok_or_else(|| Status::unavailable("stock said nothing"))
    }

    type WatchStream = Updates;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> std::result::Result<Response<Updates>, Status> {
        Err(Status::unimplemented("only stock can be watched"))
    }
}

/// Knows only of items.
struct Stock;

#[tonic::async_trait]
impl Health for Stock {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Answer {
        let service = &request.get_ref().service;
        info!(service, "asked");
        Err(Status::not_found("there is no such service"))
    }

    type WatchStream = Updates;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> std::result::Result<Response<Updates>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::iter([Ok(well()), Ok(well())]))))
    }
}
