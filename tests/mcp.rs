//! `mcp`: what a client can do with the tools, with the client of the protocol's own library.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequest, ClientRequest};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};

use crate::support::{
    Client, Run, Service, TestEnv, call, decode_rgb, gradient_png, noise, params, progress, sha256,
    with_client,
};

/// What an edit costs at a test's service.
pub(crate) const PRICE: f64 = 0.0315;

/// A server that may pay.
pub(crate) fn paying<'a>(env: &'a TestEnv, service: &Service, extra: &str) -> Run<'a> {
    env.command("mcp").args(extra).service(service)
}

/// An edit of `in.png`. Without a price, it is a question.
pub(crate) fn edit(accept_usd: Option<f64>) -> Value {
    json!({"picture": "in.png", "prompt": "add a bird", "output": "out.jpg", "accept_usd": accept_usd})
}

/// Like [`edit`], with more arguments.
pub(crate) fn edit_with(accept_usd: f64, more: &Value) -> Value {
    let mut arguments = edit(Some(accept_usd));
    for (name, value) in more.as_object().unwrap() {
        arguments[name] = value.clone();
    }
    arguments
}

/// Waits until a condition holds. The client works in the meantime.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(40), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn the_tools_are_listed_with_what_they_cost_and_take() {
    let env = TestEnv::new();
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        let info = client.peer_info().unwrap();
        assert_eq!(info.server_info.as_ref().unwrap().name, "seededit");
        assert!(info.instructions.as_ref().unwrap().contains("without accept_usd first"));
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(names, ["inspect", "edit", "merge", "history", "models", "recover"]);
        for tool in &tools {
            let about = tool.description.as_ref().unwrap();
            let says_price =
                ["Free and offline.", "Never pays", "accept_usd"].iter().any(|part| about.contains(part));
            assert!(says_price, "{}: {about}", tool.name);
            assert_eq!(tool.input_schema["additionalProperties"], false);
        }
    });
}

#[test]
fn the_instructions_state_what_the_session_may_spend_and_where() {
    let (env, service) = (TestEnv::new(), Service::new());
    let instructions = |run: Run<'_>| {
        with_client(run, async |client: &Client| client.peer_info().unwrap().instructions.clone().unwrap())
    };
    let root = env.work_dir().canonicalize().unwrap().to_str().unwrap().to_owned();
    let limited =
        instructions(paying(&env, &service, "--max-cost 2 --max-cost-per-day 5 --confirm-above 0.5"));
    for part in [
        "All edits of this session together may cost at most $2.00.",
        "on one day may cost at most $5.00.",
        "refuses an edit that costs more than $0.50.",
        &root,
    ] {
        assert!(limited.contains(part), "no {part:?} in {limited}");
    }
    let unlimited = instructions(paying(&env, &service, ""));
    assert!(unlimited.contains("no spending limit, so it refuses edits with accept_usd"), "{unlimited}");
    assert!(!unlimited.contains("at most $"), "{unlimited}");
    let sandbox = instructions(env.command("mcp --sandbox"));
    assert!(sandbox.contains("This is a sandbox") && !sandbox.contains("spending limit"), "{sandbox}");
    let local = instructions(env.command("mcp --service local").env("SEEDEDIT_BASE_URL", service.url()));
    assert!(local.contains("The service is free.") && !local.contains("spending limit"), "{local}");
}

#[test]
fn a_picture_is_inspected_with_a_preview_of_limited_size() {
    let env = TestEnv::new();
    env.write("wide.png", gradient_png(2000, 500));
    env.write("noise.png", noise(1800, 900));
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        let found = call(client, "inspect", json!({"picture": "wide.png"})).await.succeeded();
        assert_eq!((&found.record()["width"], &found.record()["height"]), (&json!(2000), &json!(500)));
        let preview = decode_rgb(&found.preview.unwrap());
        assert_eq!(preview.dimensions(), (1568, 392));
        let found = call(client, "inspect", json!({"picture": "noise.png"})).await.succeeded();
        let jpeg = found.preview.unwrap();
        // As base64 text: four bytes for three.
        assert!(jpeg.len().div_ceil(3) * 4 <= 500_000, "{} bytes", jpeg.len());
        let (width, height) = decode_rgb(&jpeg).dimensions();
        assert!(width > 400 && width <= 1568 && width.abs_diff(2 * height) <= 1, "{width}×{height}");
    });
}

#[test]
fn an_edit_in_the_sandbox_has_a_price_a_result_and_a_preview() {
    let env = TestEnv::with_picture();
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        let plan = call(client, "edit", edit(None)).await.succeeded();
        assert_eq!((&plan.record()["status"], &plan.record()["usd"]), (&json!("planned"), &json!(PRICE)));
        assert!(plan.body["notes"].to_string().contains("accept_usd 0.0315"), "{}", plan.body);
        assert_eq!(env.file_names(), ["in.png"]);

        let done = call(client, "edit", edit(Some(PRICE))).await.succeeded();
        let output = env.path("out.jpg").canonicalize().unwrap();
        assert_eq!(done.record()["output"], output.to_str().unwrap());
        assert_eq!(done.record()["usd"], PRICE);
        let (result, preview) =
            (decode_rgb(&env.read("out.jpg")), decode_rgb(done.preview.as_ref().unwrap()));
        assert_eq!(result.dimensions(), preview.dimensions());

        assert_eq!(plan.record()["job"], Value::Null);
        assert_eq!(plan.record()["request"].get("client_request_id"), None);

        // The same edit again is that one.
        let again = call(client, "edit", edit(None)).await.succeeded();
        for field in ["job", "output", "input", "width", "height"] {
            assert_eq!(again.record()[field], done.record()[field], "{field}");
        }
        let plan = again.record();
        assert_eq!((&plan["status"], &plan["price_source"]), (&json!("planned"), &json!("reused")));
        assert_eq!(plan["usd"].as_f64(), Some(0.0));
        // Also under a name that was chosen for it.
        let named = json!({"picture": "in.png", "prompt": "named", "accept_usd": PRICE});
        let plan = json!({"picture": "in.png", "prompt": "named"});
        env.write("in-edited.jpg", "another");
        let named = call(client, "edit", named).await.succeeded();
        let plan = call(client, "edit", plan).await.succeeded();
        assert_eq!(plan.record()["output"], named.record()["output"]);
        assert_eq!(plan.record()["usd"].as_f64(), Some(0.0));
        assert!(again.body["notes"].to_string().contains("nothing is sent or paid"), "{}", again.body);
        let again = call(client, "edit", edit(Some(PRICE))).await.succeeded();
        assert_eq!(
            (&again.record()["reused"], &again.record()["job"]),
            (&json!(true), &done.record()["job"])
        );
        assert!(again.preview.is_some());
        let other = json!({"new_variation": true, "output": "other.jpg", "seed": 5});
        let other = call(client, "edit", edit_with(PRICE, &other)).await.succeeded();
        assert_ne!(other.record()["job"], done.record()["job"]);

        let listed = call(client, "history", json!({})).await.succeeded();
        assert_eq!(listed.body["records"].as_array().unwrap().len(), 3);
        let listed = call(client, "history", json!({"limit": 2})).await.succeeded();
        assert_eq!(listed.body["notes"], json!(["2 of 3 jobs; `limit` 3 lists all of them"]));
        call(client, "history", json!({"limit": 201})).await.failed_with("a whole number from 1 to 200");
        let shown = call(client, "history", json!({"job": done.record()["job"]})).await.succeeded();
        assert_eq!(shown.record()["prompt"], "add a bird");
        call(client, "history", json!({"job": "nonsense"})).await.failed_with("no job");
    });
    assert_eq!(env.file_names(), ["in-edited-2.jpg", "in-edited.jpg", "in.png", "other.jpg", "out.jpg"]);
}

#[test]
fn nothing_is_paid_before_its_price_is_accepted_or_above_it() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let plan = call(client, "edit", edit(None)).await.succeeded();
        assert_eq!(plan.record()["usd"], PRICE);
        let refused = call(client, "edit", edit(Some(0.03))).await.failed_with("accept_usd is $0.03");
        assert!(refused.body.to_string().contains("`accept_usd` 0.0315"), "{}", refused.body);
        call(client, "edit", edit(Some(0.0))).await.failed_with("accept_usd is $0.00");
        service.ledger().ensure_counts(0, 0);
        let done = call(client, "edit", edit(Some(PRICE))).await.succeeded();
        assert_eq!(done.body["session"], json!({"limit_usd": 1.0, "spent_usd": PRICE}));
        service.ledger().ensure_counts(1, 1);
    });
}

#[test]
fn without_a_limit_nothing_is_paid_and_the_answer_says_how_to_set_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    with_client(paying(&env, &service, ""), async |client: &Client| {
        let plan = call(client, "edit", edit(None)).await.succeeded();
        assert_eq!(plan.record()["usd"], PRICE);
        let notes = plan.body["notes"].to_string();
        assert!(notes.contains("seededit mcp --max-cost USD") && !notes.contains("accept_usd"), "{notes}");
        call(client, "edit", edit(Some(1.0))).await.failed_with("seededit mcp --max-cost USD");
    });
    service.ledger().ensure_counts(0, 0);
    // A limit in the configuration is one, too.
    env.write_config("max_cost = 0.05\n");
    with_client(paying(&env, &service, ""), async |client: &Client| {
        call(client, "edit", edit(Some(1.0))).await.succeeded();
    });
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn the_limit_is_for_the_session_also_for_calls_at_the_same_time() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(300));
    with_client(paying(&env, &service, "--max-cost 0.07"), async |client: &Client| {
        let variation = |seed: u32| {
            let more = json!({"new_variation": true, "seed": seed, "output": format!("{seed}.jpg")});
            call(client, "edit", edit_with(PRICE, &more))
        };
        let (one, two, three) = (variation(1), variation(2), variation(3));
        let (one, two, three) = tokio::join!(one, two, three);
        let failed: Vec<_> = [one, two, three].into_iter().filter(|called| called.is_error).collect();
        let [failed] = failed.try_into().expect("one of three fails");
        failed.failed_with("of the session's limit of $0.07 is left");
        let late =
            call(client, "edit", edit_with(PRICE, &json!({"new_variation": true, "output": "late.jpg"})))
                .await;
        late.failed_with("of the session's limit of $0.07 is left");
        let plan = call(client, "edit", json!({"picture": "in.png", "prompt": "else"})).await;
        let plan =
            plan.failed_with("$0.007 of the session's limit of $0.07 is left, so it would not be sent");
        let text = plan.body.to_string();
        assert!(text.contains("seededit mcp --max-cost USD") && !text.contains("accept_usd"), "{text}");
    });
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn an_edit_that_the_day_does_not_allow_takes_nothing_from_the_session() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = paying(&env, &service, "--max-cost 0.05 --max-cost-per-day 0.01");
    with_client(run, async |client: &Client| {
        // Two of them would be more than the limit of the session.
        for _ in 0..2 {
            let refused = call(client, "edit", edit(Some(PRICE)))
                .await
                .failed_with("the user's limit per day of $0.01");
            assert_eq!(refused.body["session"]["spent_usd"], 0.0);
        }
    });
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn an_edit_in_doubt_counts_as_spent_and_is_not_sent_again_before_it_is_settled() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let doubtful = call(client, "edit", edit(Some(PRICE))).await.failed_with("\"charged\":\"unknown\"");
        assert_eq!(doubtful.body["session"]["spent_usd"], PRICE);
        for new_variation in [false, true] {
            let again = edit_with(PRICE, &json!({"new_variation": new_variation}));
            let again = call(client, "edit", again).await.failed_with("recover");
            assert_eq!(again.record()["error"]["exit_code"], 8, "{}", again.body);
        }
        service.ledger().ensure_counts(1, 1);
        // The log of the service says that it was charged, and has no result.
        call(client, "recover", json!({})).await;
        let listed = call(client, "history", json!({})).await.succeeded();
        assert_ne!(listed.record()["state"], "unknown", "{}", listed.body);
    });
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn files_outside_the_roots_are_neither_read_nor_written() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("root/in.png", noise(64, 48));
    let secret = env.write("outside/secret.png", noise(64, 48));
    symlink(env.path("outside"), env.path("root/link")).unwrap();
    symlink(env.path("outside/new.jpg"), env.path("root/dangling.jpg")).unwrap();
    let refused = "is not in a directory that this server may use";
    let run = paying(&env, &service, "--root root --max-cost 1");
    with_client(run, async |client: &Client| {
        let secret = secret.to_str().unwrap();
        for picture in
            [secret, "../outside/secret.png", "link/secret.png", "/etc/passwd", "../outside/missing.png"]
        {
            let found = call(client, "inspect", json!({"picture": picture})).await.failed_with(refused);
            assert_eq!(found.record()["input"], picture);
            let edit = json!({"picture": picture, "prompt": "x", "accept_usd": 1});
            call(client, "edit", edit).await.failed_with(refused);
            for name in ["mask", "output"] {
                let edit = json!({"picture": "in.png", "prompt": "x", "accept_usd": 1, name: picture});
                call(client, "edit", edit).await.failed_with(refused);
            }
            let edit = json!({"picture": "in.png", "prompt": "x", "accept_usd": 1, "references": [picture]});
            call(client, "edit", edit).await.failed_with(refused);
            let merge = json!({"original": "in.png", "edited": picture, "output": "m.png"});
            let found = call(client, "merge", merge).await.failed_with(refused);
            assert_eq!(found.record()["input"], "in.png");
        }
        for output in ["../out.jpg", "link/new.jpg", "dangling.jpg", "new/../../out.jpg", "link/"] {
            let edit = json!({"picture": "in.png", "prompt": "x", "accept_usd": 1, "output": output});
            call(client, "edit", edit).await.failed_with(refused);
            call(client, "recover", json!({"directory": output})).await.failed_with(refused);
        }
        // What a command line takes for something else is a name here.
        for picture in ["-", "@", "https:a.png", "--help"] {
            call(client, "inspect", json!({"picture": picture})).await.failed_with("cannot read");
        }
        // So is a prompt that is a file's name, or looks like a flag.
        for prompt in ["@/etc/passwd", "@../outside/secret.png", "/etc/passwd", "--sandbox"] {
            let plan = call(client, "edit", json!({"picture": "in.png", "prompt": prompt})).await.succeeded();
            assert_eq!(plan.record()["request"]["body"]["prompt"], prompt);
        }
        let edit = json!({"picture": "in.png", "prompt": "x", "model": "no-such-model", "accept_usd": 1});
        call(client, "edit", edit).await.failed_with("what an edit costs is not known");
    });
    service.ledger().ensure_counts(0, 0);
    let names = |directory: &str| fs::read_dir(env.path(directory)).unwrap().count();
    assert_eq!((names("root"), names("outside")), (3, 1));
}

#[test]
fn a_directory_that_becomes_a_link_during_an_edit_leads_no_result_out_of_the_roots() {
    let env = TestEnv::new();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(500));
    env.write("root/in.png", noise(64, 48));
    fs::create_dir(env.path("root/results")).unwrap();
    fs::create_dir(env.path("outside")).unwrap();
    let run = paying(&env, &service, "--root root --max-cost 1");
    with_client(run, async |client: &Client| {
        let edit =
            json!({"picture": "in.png", "prompt": "x", "output": "results/out.jpg", "accept_usd": PRICE});
        let edited = call(client, "edit", edit);
        let swapped = async {
            until("the edit is sent", || service.ledger().posts() == 1).await;
            fs::rename(env.path("root/results"), env.path("root/before")).unwrap();
            symlink(env.path("outside"), env.path("root/results")).unwrap();
        };
        let (edited, ()) = tokio::join!(edited, swapped);
        edited.failed_with("results is a link or a file by now, and no directory");
        assert_eq!(fs::read_dir(env.path("outside")).unwrap().count(), 0);
        // The paid result is not lost.
        let refused = json!({"directory": "results"});
        call(client, "recover", refused).await.failed_with("that this server may use");
        let found = call(client, "recover", json!({"directory": "rescued"})).await.succeeded();
        assert!(
            found.record()["output"].as_str().unwrap().ends_with("root/rescued/out.jpg"),
            "{}",
            found.body
        );
    });
    assert_eq!(fs::read_dir(env.path("outside")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(env.path("root/before")).unwrap().count(), 0);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_result_replaces_a_file_only_if_it_is_asked_to() {
    let env = TestEnv::with_picture();
    env.write("out.jpg", "mine");
    env.write_config("if_exists = \"overwrite\"\n");
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        call(client, "edit", edit(Some(1.0))).await.failed_with("exists");
        let merge = json!({"original": "in.png", "edited": "in.png", "output": "out.jpg"});
        call(client, "merge", merge).await.failed_with("exists");
        assert_eq!(env.read("out.jpg"), b"mine");
        let named = json!({"picture": "in.png", "prompt": "x", "accept_usd": 1});
        for name in ["in-edited.jpg", "in-edited-2.jpg"] {
            let mut call_args = named.clone();
            call_args["new_variation"] = true.into();
            let done = call(client, "edit", call_args).await.succeeded();
            assert!(done.record()["output"].as_str().unwrap().ends_with(name), "{}", done.body);
        }
        call(client, "edit", edit_with(1.0, &json!({"overwrite": true}))).await.succeeded();
        assert_ne!(env.read("out.jpg"), b"mine");
        let in_directory = json!({"output": "new/", "new_variation": true});
        call(client, "edit", edit_with(1.0, &in_directory)).await.succeeded();
        assert!(env.path("new/in-edited.jpg").exists());
    });
}

#[test]
fn a_client_is_told_what_a_slow_edit_does() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(1500));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        call(client, "edit", edit(Some(PRICE))).await.succeeded();
        let told = progress(client);
        let messages: Vec<_> = told.iter().filter_map(|told| told.message.as_deref()).collect();
        assert!(messages.contains(&"waiting for the picture"), "{messages:?}");
        assert!(told.windows(2).all(|pair| pair[0].progress < pair[1].progress), "{told:?}");
        assert!(told.windows(2).all(|pair| pair[0].progress_token == pair[1].progress_token), "{told:?}");
    });
}

#[test]
fn a_canceled_edit_keeps_what_was_paid_for_and_is_never_sent_again() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(800));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let request = CallToolRequest::new(params("edit", edit(Some(PRICE))));
        let request = ClientRequest::CallToolRequest(request);
        let sent = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
        until("the request is sent", || service.ledger().posts() == 1).await;
        sent.cancel(Some("changed my mind".into())).await.unwrap();
        until("the result is saved", || env.path("out.jpg").exists()).await;
        until("the job is done", || env.jobs().iter().all(|job| job.state == "delivered")).await;
        // It is not lost, and asking for it again is free.
        let again = call(client, "edit", edit(Some(PRICE))).await.succeeded();
        assert_eq!(
            (&again.record()["reused"], &again.body["session"]["spent_usd"]),
            (&json!(true), &json!(PRICE))
        );
    });
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_canceled_edit_that_waits_to_be_tried_again_is_not_sent_again() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["rate-limit:9"]);
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let request = CallToolRequest::new(params("edit", edit(Some(PRICE))));
        let request = ClientRequest::CallToolRequest(request);
        let sent = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
        until("the request is refused", || service.ledger().posts() >= 1).await;
        sent.cancel(None).await.unwrap();
        until("the job is given up", || env.jobs().iter().any(|job| job.state == "refused")).await;
    });
    assert_eq!(service.ledger().charged(), 0);
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn recover_fetches_what_belongs_in_a_root_and_the_rest_only_to_a_named_directory() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:8"]));
    fs::create_dir(env.path("root")).unwrap();
    env.write("root/in.png", noise(64, 48));
    env.edit("").service(&service).code(9).any_stderr().assert();
    let run = paying(&env, &service, "--root root --max-cost 1");
    with_client(run, async |client: &Client| {
        let done = call(client, "edit", edit(Some(PRICE))).await.failed_with("undelivered");
        assert_eq!(done.body["session"]["spent_usd"], PRICE);
    });
    service.ledger().ensure_counts(2, 2);
    let run = paying(&env, &service, "--root root");
    with_client(run, async |client: &Client| {
        let mut found = call(client, "recover", json!({})).await;
        // The faults are used up by and by.
        for _ in 0..8 {
            if !found.is_error {
                break;
            }
            found = call(client, "recover", json!({})).await;
        }
        let found = found.succeeded();
        assert!(found.body["notes"].to_string().contains("belong elsewhere"), "{}", found.body);
        assert!(
            found.preview.is_some() && env.path("root/out.jpg").exists() && !env.path("out.jpg").exists()
        );
        let listed = call(client, "history", json!({"status": "answered"})).await.succeeded();
        let job = listed.record()["job"].clone();
        call(client, "recover", json!({"jobs": [job]})).await.failed_with("may not use");
        call(client, "recover", json!({"jobs": [job], "directory": "rescued"})).await.succeeded();
        let nothing = call(client, "recover", json!({})).await.succeeded();
        assert!(nothing.body["notes"].to_string().contains("nothing to recover"), "{}", nothing.body);
    });
    assert_eq!(fs::read_dir(env.path("root/rescued")).unwrap().count(), 1);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_foreign_file_where_a_result_is_written_is_named_with_what_to_do() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    // The temporary file of the result.
    let planted = env.path(format!(".seededit-{}.part", &sha256(b"out.jpg")[..16]));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let mut done = call(client, "edit", edit(Some(PRICE))).await;
        env.write("mine", "precious");
        fs::hard_link(env.path("mine"), &planted).unwrap();
        for _ in 0..8 {
            done = call(client, "recover", json!({})).await;
            if done.body.to_string().contains("in the way") {
                break;
            }
        }
        let path = planted.to_str().unwrap();
        let error = &done.record()["error"];
        let why = format!("{path} is in the way: it is a hard link, and so another file, too");
        let next = format!("ask the user to look at {path} and remove it; then run ");
        assert!(error["message"].as_str().unwrap().contains(&why), "{error}");
        assert!(error["hint"].as_str().unwrap().starts_with(&next), "{error}");
        fs::remove_file(&planted).unwrap();
        call(client, "recover", json!({})).await.succeeded();
    });
    assert_eq!(env.read("mine"), b"precious");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn pictures_are_merged_and_models_are_listed() {
    let env = TestEnv::with_edited_photo(640, 480);
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        let merge = json!({"original": "photo.png", "edited": "edited.jpg", "output": "merged.png"});
        let merged = call(client, "merge", merge).await.succeeded();
        assert_eq!(decode_rgb(&env.read("merged.png")).dimensions(), (640, 480));
        assert_eq!(decode_rgb(&merged.preview.unwrap()).dimensions(), (640, 480));

        let models = call(client, "models", json!({})).await.succeeded();
        assert!(models.body["records"].as_array().unwrap().len() > 5, "{}", models.body);
        call(client, "models", json!({"model": "kontext-pro"})).await.succeeded();
        let of_other = call(client, "models", json!({"service": "fal"})).await.succeeded();
        assert_ne!(of_other.body, models.body);
        call(client, "models", json!({"service": "nowhere"})).await.failed_with("nowhere");
    });
}
