//! The service on tonic. Asks the next one by reqwest behind the middleware.
//!
//! It speaks gRPC's own health protocol, for which there is a crate with the generated code. That has no place for sights:
//! they are in the metadata of the response.

use crate::Result;
use crate::next::Next;
use crate::sight::sight;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::Value;
use std::pin::Pin;
use throughline::http::{ReqwestMiddleware, ServerLayer};
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataValue;
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tracing::info;

type Answer = std::result::Result<Response<HealthCheckResponse>, Status>;
type Updates = Pin<Box<dyn Stream<Item = std::result::Result<HealthCheckResponse, Status>> + Send>>;

const SIGHTS: &str = "sights-bin";

pub(crate) async fn serve(listener: TcpListener) -> Result<()> {
    let client = ClientBuilder::new(Next::client()?).with(ReqwestMiddleware::new()).build();
    let health = HealthServer::new(WellIfNext { client, next: Next::new() });
    let mut server = Server::builder().layer(ServerLayer::new());
    Ok(server.add_service(health).serve_with_incoming(TcpListenerStream::new(listener)).await?)
}

/// Is well if the next service answers.
struct WellIfNext {
    client: ClientWithMiddleware,
    next: Next,
}

// === impl WellIfNext ===

impl WellIfNext {
    async fn ask(&self) -> Result<Vec<Value>> {
        let Some(url) = self.next.url() else { return Ok(Vec::new()) };
        Next::sights(self.client.get(url).send().await?).await
    }
}

#[tonic::async_trait]
impl Health for WellIfNext {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Answer {
        info!("asked");
        let mut sights = vec![sight(&request.metadata().clone().into_headers())];
        sights.extend(self.ask().await.map_err(|error| Status::unavailable(error.to_string()))?);
        let mut response = Response::new(HealthCheckResponse { status: ServingStatus::Serving.into() });
        let sights = Value::from(sights).to_string();
        response.metadata_mut().insert_bin(SIGHTS, MetadataValue::from_bytes(sights.as_bytes()));
        Ok(response)
    }

    type WatchStream = Updates;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> std::result::Result<Response<Updates>, Status> {
        Err(Status::unimplemented("it can only be checked"))
    }
}
