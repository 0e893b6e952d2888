//! Where the route comes from: axum's `MatchedPath`, or a hook.

use crate::loopback::{call, captured, get};
use axum::Router;
use axum::routing::get as on_get;
use throughline::http::ServerLayer;
use tower::{Layer, ServiceBuilder, service_fn};

fn hello() -> axum::routing::MethodRouter {
    on_get(async || "hello")
}

fn names(app: Router, paths: &[&str]) -> Vec<String> {
    let trace = captured(|| async move {
        let mut app = app;
        for path in paths {
            call(&mut app, get(path)).await;
        }
    });
    trace.spans().iter().map(|span| span.name().to_owned()).collect()
}

#[test]
fn a_layer_of_the_router_knows_the_route() {
    let app = Router::new().route("/users/{id}", hello()).route("/files/{*path}", hello());
    let names = names(app.layer(ServerLayer::new()), &["/users/7", "/files/a/b", "/nothing"]);
    // Routes that were added before the layer have it; what matched none of them is axum's own fallback.
    assert_eq!(names, ["GET /users/{id}", "GET /files/{*path}", "GET"]);
}

#[test]
fn a_layer_of_the_routes_knows_it_too() {
    let app = Router::new().route("/users/{id}", hello()).route_layer(ServerLayer::new());
    assert_eq!(names(app, &["/users/7", "/nothing"]), ["GET /users/{id}"]);
}

#[test]
fn nested_routers_tell_the_whole_route() {
    let inner = Router::new().route("/items/{id}", hello());
    let app = Router::new().nest("/shops/{shop}", inner.clone()).layer(ServerLayer::new());
    assert_eq!(names(app, &["/shops/a/items/1"]), ["GET /shops/{shop}/items/{id}"]);
    let app = Router::new().nest("/shops/{shop}", inner.layer(ServerLayer::new()));
    assert_eq!(names(app, &["/shops/a/items/1"]), ["GET /shops/{shop}/items/{id}"]);
}

#[test]
fn in_a_nested_router_the_path_is_the_one_that_was_asked_for() {
    let trace = captured(|| async {
        let inner = Router::new().route("/items/{id}", hello()).layer(ServerLayer::new());
        call(&mut Router::new().nest("/shops/{shop}", inner), get("/shops/a/items/1?q=2")).await;
    });
    let span = trace.span("GET /shops/{shop}/items/{id}");
    assert_eq!((span.attr("url.path"), span.attr("url.query")), (&"/shops/a/items/1".into(), &"q=2".into()));
}

#[test]
fn a_service_builder_may_hold_the_layer() {
    let layers = ServiceBuilder::new().layer(ServerLayer::new()).layer(tower::layer::util::Identity::new());
    let app = Router::new().route("/users/{id}", hello()).layer(layers);
    assert_eq!(names(app, &["/users/7"]), ["GET /users/{id}"]);
}

#[test]
fn around_the_whole_router_the_route_is_not_known_yet() {
    let trace = captured(|| async {
        let mut app = ServerLayer::new().layer(Router::new().route("/users/{id}", hello()));
        call(&mut app, get("/users/7")).await;
    });
    assert_eq!(trace.spans().iter().map(|span| span.name()).collect::<Vec<_>>(), ["GET"]);
}

#[test]
fn a_hook_says_the_route_where_there_is_no_axum() {
    #[derive(Clone)]
    struct Route(&'static str);
    let trace = captured(|| async {
        let layer =
            ServerLayer::new().route(|request| request.extensions().get::<Route>().map(|route| route.0));
        let service = service_fn(async |_| Ok(http::Response::new(axum::body::Body::empty())));
        let mut service = ServiceBuilder::new().layer(layer).service(service);
        let mut request = get("/users/7");
        request.extensions_mut().insert(Route("/users/:id"));
        call(&mut service, request).await;
        call(&mut service, get("/users/7")).await;
    });
    let names: Vec<_> = trace.spans().iter().map(|span| span.name()).collect();
    assert_eq!(names, ["GET /users/:id", "GET"]);
}
