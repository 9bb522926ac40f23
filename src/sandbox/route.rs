//! Selects the handler of a request.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::account;
use super::call::{Origin, Reset};
use super::catalog;
use super::dialect_ark;
use super::downloads;
use super::endpoint::Endpoint;
use super::faulty_body::FaultyBody;
use super::generate;
use super::host::Host;
use super::problem::{self, Problem};
use super::queue::{self, JobUrl};
use super::service::Service;

/// The list of models of the maker's own hosts.
const ARK_MODELS: &str = "/api/v3/models";

/// Answers one request.
pub(super) async fn answer(
    service: Arc<Service>,
    origin: Origin,
    request: Request<Incoming>,
) -> Result<Response<FaultyBody>, Reset> {
    let Some(url) = target(&request) else {
        return Ok(Problem::no_such_endpoint().response(request.uri().path()));
    };
    if origin == Origin::Pictures {
        return Ok(match *request.method() {
            Method::GET => downloads::download(&service, request.headers(), &url),
            _ => problem::object_store_error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "GET only"),
        });
    }
    if let (&Method::POST, Some(endpoint)) = (request.method(), Endpoint::at(url.path())) {
        return match endpoint {
            Endpoint::Queue(_) => queue::submit(service, request, endpoint).await,
            _ => generate::generate(service, endpoint, request).await,
        };
    }
    let headers = request.headers();
    if (request.method(), url.path()) == (&Method::GET, ARK_MODELS) {
        return Ok(match service.authenticate(Host::Ark, headers) {
            Ok(()) => problem::json_response(StatusCode::OK, &dialect_ark::models()),
            Err(problem) => problem.response_of(Host::Ark, ARK_MODELS),
        });
    }
    if let Some(job) = JobUrl::parse(url.path()) {
        return queue::follow(&service, request.method(), headers, job).await;
    }
    let result = match (request.method(), url.path()) {
        (&Method::GET, "/v2/billing") => account::billing(&service, headers, &url),
        (&Method::GET, "/v2/logs") => account::logs(&service, headers, &url),
        (&Method::GET, "/v1/models") => catalog::models(&service, &url),
        (&Method::GET, "/v1/models/deprecations") => catalog::deprecations(&url),
        (&Method::GET, "/ledger") => Ok(service.ledger().to_json()),
        _ => Err(Problem::no_such_endpoint()),
    };
    Ok(respond(result, url.path()))
}

fn respond(result: Result<Value, Problem>, path: &str) -> Response<FaultyBody> {
    match result {
        Ok(body) => problem::json_response(StatusCode::OK, &body),
        Err(problem) => problem.response(path),
    }
}

/// The path and query of a request as a URL, so that the query can be parsed. The host is a placeholder.
fn target(request: &Request<Incoming>) -> Option<Url> {
    let target = request.uri().path_and_query()?;
    Url::parse(&format!("http://sandbox{target}")).ok()
}
