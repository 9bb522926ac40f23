//! fal's queue: submit, poll, fetch the result, cancel.
//!
//! A request is executed and charged whether or not anyone asks for it. The first poll finds it in the queue, the
//! second in progress.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;

use super::answer::{self, ChargedGeneration};
use super::call::Reset;
use super::faults::{AfterCharge, OnPoll};
use super::faulty_body::FaultyBody;
use super::generate::{self, Received};
use super::host::Host;
use super::problem::{self, Problem};
use super::refusal::{self, Refusal};
use super::service::Service;
use super::visible::VisibleArea;

/// The maximum number of requests. Older ones are forgotten.
const MAX_JOBS: usize = 1_000;

/// The polls that do not find a request completed, even if it is: one in the queue, one in progress.
const POLLS_BEFORE_COMPLETION: u32 = 2;

/// All requests of the queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
}

#[derive(Debug)]
struct Job {
    id: String,
    /// The first two segments of the model's id, which stand in the URLs of the job.
    app: String,
    polls: u32,
    state: JobState,
}

#[derive(Debug, Clone)]
enum JobState {
    Running,
    Cancelled,
    Failed(Problem),
    /// The result, the fault of its answer, and when it was ready.
    Completed(Arc<ChargedGeneration>, Option<AfterCharge>, Instant),
}

impl Queue {
    fn push(&mut self, job: Job) {
        if self.jobs.len() == MAX_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(job);
    }

    fn find(&mut self, app: &str, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id && job.app == app)
    }

    /// Ends a running job. A cancelled one stays cancelled.
    fn settle(&mut self, app: &str, id: &str, state: JobState) {
        if let Some(job) = self.find(app, id)
            && matches!(job.state, JobState::Running)
        {
            job.state = state;
        }
    }

    fn is_running(&mut self, app: &str, id: &str) -> bool {
        self.find(app, id).is_some_and(|job| matches!(job.state, JobState::Running))
    }
}

/// `POST /{model id}`
pub(super) async fn submit(
    service: Arc<Service>,
    request: Request<Incoming>,
    endpoint: super::endpoint::Endpoint,
) -> Result<Response<FaultyBody>, Reset> {
    let Received { head, call, fault, opened } = generate::receive(&service, endpoint, request).await?;
    let path = head.uri.path();
    let model = opened.model.clone().unwrap_or_default();
    let validated = match fault {
        Some(fault) => Err(refusal::refuse(fault, &model, service.options.retry_after)),
        None => opened.validate(&service, &head.headers).map_err(Refusal::from),
    };
    let request = match validated {
        Ok(request) => request,
        Err(refusal) => return refusal.response(Host::Fal, path, &call),
    };

    let id = call.inference_id.clone();
    let app = app_of(&model);
    service.queue().push(Job { id: id.clone(), app: app.clone(), polls: 0, state: JobState::Running });
    let fault = service.faults().after_charge();
    let (on_submit, on_result) = split(fault);
    let (worker, visible, own_call) =
        (Arc::clone(&service), VisibleArea::from_headers(&head.headers), call.clone());
    let (job_app, job_id) = (app.clone(), id.clone());
    tokio::spawn(async move {
        tokio::time::sleep(worker.options.latency).await;
        if !worker.queue().is_running(&job_app, &job_id) {
            return;
        }
        let state = match generate::generate_picture(&worker, own_call, request, visible).await {
            Ok(done) => JobState::Completed(Arc::new(done), on_result, Instant::now()),
            Err(problem) => JobState::Failed(problem),
        };
        worker.queue().settle(&job_app, &job_id, state);
    });

    let base = format!("{}/{app}/requests/{id}", base_url(&head.headers));
    let body = json!({
        "request_id": id,
        "status": "IN_QUEUE",
        "queue_position": 0,
        "status_url": format!("{base}/status"),
        "response_url": base,
        "cancel_url": format!("{base}/cancel"),
    });
    let mut response = match on_submit {
        None => problem::json_response(StatusCode::OK, &body),
        Some(AfterCharge::Reset) => return Err(Reset),
        Some(AfterCharge::Cut(bytes)) => {
            return Ok(Response::new(FaultyBody::cut(&body.to_string().into(), bytes)));
        }
        Some(AfterCharge::Gateway(status)) => return Ok(problem::gateway_page(status)),
        Some(AfterCharge::Html) => return Ok(problem::gateway_page(StatusCode::OK)),
        Some(AfterCharge::Status201) => problem::json_response(StatusCode::CREATED, &body),
        Some(_) => return pending().await,
    };
    Host::Fal.add_ids(&call, response.headers_mut());
    Ok(response)
}

/// Faults of the connection break the answer to the submission; those of its content, the result.
fn split(fault: Option<AfterCharge>) -> (Option<AfterCharge>, Option<AfterCharge>) {
    match fault {
        Some(
            AfterCharge::Reset
            | AfterCharge::Stall
            | AfterCharge::Cut(_)
            | AfterCharge::Gateway(_)
            | AfterCharge::Html
            | AfterCharge::Status201,
        ) => (fault, None),
        _ => (None, fault),
    }
}

/// The first two segments of a model's id.
fn app_of(model: &str) -> String {
    model.split('/').take(2).collect::<Vec<_>>().join("/")
}

fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

/// A URL of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JobUrl<'a> {
    app: &'a str,
    id: &'a str,
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Status,
    Result,
    Cancel,
}

impl<'a> JobUrl<'a> {
    /// Recognizes `/{owner}/{app}/requests/{id}`, with `/status` or `/cancel` behind it.
    pub(super) fn parse(path: &'a str) -> Option<JobUrl<'a>> {
        let (app, rest) = path.strip_prefix('/')?.split_once("/requests/")?;
        if app.split('/').count() != 2 {
            return None;
        }
        let (id, action) = match rest.split_once('/') {
            None => (rest, Action::Result),
            Some((id, "status")) => (id, Action::Status),
            Some((id, "cancel")) => (id, Action::Cancel),
            Some(_) => return None,
        };
        Some(JobUrl { app, id, action })
    }
}

/// Answers a request to a URL of a job.
pub(super) async fn follow(
    service: &Service,
    method: &Method,
    headers: &HeaderMap,
    url: JobUrl<'_>,
) -> Result<Response<FaultyBody>, Reset> {
    let refused = |problem: Problem| Ok(problem.response_of(Host::Fal, ""));
    if let Err(problem) = service.authenticate(Host::Fal, headers) {
        return refused(problem);
    }
    match (method, url.action) {
        (&Method::GET, Action::Status) => Ok(status(service, headers, url)),
        (&Method::GET, Action::Result) => match result(service, url) {
            Ok((done, fault)) => {
                let mut response = answer::answer(&done, fault).await?;
                response.headers_mut().insert("x-fal-request-id", id_header(url.id));
                Ok(response)
            }
            Err(problem) => refused(problem),
        },
        (&Method::PUT, Action::Cancel) => Ok(cancel(service, url)),
        _ => refused(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")),
    }
}

fn id_header(id: &str) -> HeaderValue {
    HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static(""))
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Request not found")
}

fn status(service: &Service, headers: &HeaderMap, url: JobUrl<'_>) -> Response<FaultyBody> {
    if let Some(OnPoll::Error(status)) = service.faults().on_poll() {
        return Problem::server_error(status).response_of(Host::Fal, "");
    }
    let mut queue = service.queue();
    let Some(job) = queue.find(url.app, url.id) else {
        return not_found().response_of(Host::Fal, "");
    };
    job.polls += 1;
    let base = format!("{}/{}/requests/{}", base_url(headers), url.app, url.id);
    let mut body = json!({
        "request_id": url.id,
        "status_url": format!("{base}/status"),
        "response_url": base,
        "cancel_url": format!("{base}/cancel"),
    });
    let is_ready = job.polls > POLLS_BEFORE_COMPLETION && !matches!(job.state, JobState::Running);
    let status = if is_ready {
        body["status"] = json!("COMPLETED");
        StatusCode::OK
    } else {
        let is_queued = job.polls == 1;
        body["status"] = json!(if is_queued { "IN_QUEUE" } else { "IN_PROGRESS" });
        if is_queued {
            body["queue_position"] = json!(0);
        }
        StatusCode::ACCEPTED
    };
    problem::json_response(status, &body)
}

fn result(
    service: &Service,
    url: JobUrl<'_>,
) -> Result<(Arc<ChargedGeneration>, Option<AfterCharge>), Problem> {
    let is_expired_by_fault = service.faults().on_result().is_some();
    let mut queue = service.queue();
    let job = queue.find(url.app, url.id).ok_or_else(not_found)?;
    let is_ready = job.polls > POLLS_BEFORE_COMPLETION;
    match job.state.clone() {
        JobState::Cancelled => Err(Problem::new(StatusCode::BAD_REQUEST, "Request was cancelled")),
        JobState::Failed(problem) if is_ready => Err(problem),
        JobState::Completed(_, _, ready) if is_expired_by_fault || is_old(ready, service) => Err(not_found()),
        JobState::Completed(done, fault, _) if is_ready => Ok((done, fault)),
        JobState::Running | JobState::Failed(_) | JobState::Completed(..) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "Request is still in progress"))
        }
    }
}

fn is_old(ready: Instant, service: &Service) -> bool {
    let lifetime: Duration = service.options.result_ttl;
    ready.elapsed() >= lifetime
}

fn cancel(service: &Service, url: JobUrl<'_>) -> Response<FaultyBody> {
    let mut queue = service.queue();
    let (status, word) = match queue.find(url.app, url.id) {
        None => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Some(job) => match job.state {
            JobState::Running | JobState::Cancelled => {
                job.state = JobState::Cancelled;
                (StatusCode::ACCEPTED, "CANCELLATION_REQUESTED")
            }
            JobState::Failed(_) | JobState::Completed(..) => (StatusCode::BAD_REQUEST, "ALREADY_COMPLETED"),
        },
    };
    problem::json_response(status, &json!({"status": word}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_urls_of_a_job_are_recognized() {
        let url = JobUrl::parse("/fal-ai/bytedance/requests/1-2/status").unwrap();
        assert_eq!((url.app, url.id, url.action), ("fal-ai/bytedance", "1-2", Action::Status));
        assert_eq!(JobUrl::parse("/a/b/requests/1").unwrap().action, Action::Result);
        assert_eq!(JobUrl::parse("/a/b/requests/1/cancel").unwrap().action, Action::Cancel);
        for path in ["/a/b", "/a/requests/1", "/a/b/c/requests/1", "/a/b/requests/1/stop"] {
            assert_eq!(JobUrl::parse(path), None, "{path}");
        }
    }
}
