//! Which handler answers which request.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::account;
use super::call::{GENERATIONS, Origin, Reset};
use super::downloads;
use super::faulty_body::FaultyBody;
use super::generate;
use super::problem::{self, Problem};
use super::service::Service;

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
    let headers = request.headers();
    let answered = match (request.method(), url.path()) {
        (&Method::POST, GENERATIONS) => return generate::generate(service, request).await,
        (&Method::GET, "/v2/billing") => account::billing(&service, headers, &url),
        (&Method::GET, "/v2/logs") => account::logs(&service, headers, &url),
        (&Method::GET, "/v1/models") => account::models(&service, &url),
        (&Method::GET, "/ledger") => Ok(service.ledger().to_json()),
        _ => Err(Problem::no_such_endpoint()),
    };
    Ok(respond(answered, url.path()))
}

fn respond(answered: Result<Value, Problem>, path: &str) -> Response<FaultyBody> {
    match answered {
        Ok(body) => problem::json_response(StatusCode::OK, &body),
        Err(problem) => problem.response(path),
    }
}

/// The request's path and query as a URL, which is what can read a query. The host is made up.
fn target(request: &Request<Incoming>) -> Option<Url> {
    let target = request.uri().path_and_query()?;
    Url::parse(&format!("http://sandbox{target}")).ok()
}
