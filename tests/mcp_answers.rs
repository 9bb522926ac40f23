//! `mcp`: plans that say the same as their edits, and messages that say what a client can do.

#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::time::Duration;

use image::RgbImage;
use serde_json::{Value, json};

use crate::mcp::{PRICE, edit, edit_with, paying, until};
use crate::support::{Client, Service, TestEnv, call, encode_png, noise, with_client};

#[test]
fn a_link_is_no_file_and_the_answer_says_so() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        for (link, what) in [
            ("https://example.com/a.png?key=secret", "https://example.com/a.png?… is a link"),
            ("HTTP://example.com/a.png", "is a link"),
            ("file:///etc/passwd", "is a link"),
            ("data:image/png;base64,iVBORw0KGgo", "this is a data URI"),
        ] {
            for (tool, arguments) in [
                ("inspect", json!({"picture": link})),
                ("edit", json!({"picture": link, "prompt": "x"})),
                ("edit", json!({"picture": "in.png", "prompt": "x", "mask": link})),
                ("edit", json!({"picture": "in.png", "prompt": "x", "output": link})),
                ("merge", json!({"original": "in.png", "edited": link, "output": "m.png"})),
            ] {
                let refused = call(client, tool, arguments).await.failed_with(what);
                // It is named without what may be secret or long.
                let input = refused.record()["input"].as_str().unwrap();
                assert!(input == "in.png" || link.starts_with(input.trim_end_matches('…')), "{input}");
                let text = refused.body.to_string();
                assert!(text.contains("only files are accepted") && text.contains("download it"), "{text}");
                assert!(!text.contains("secret") && !text.contains("iVBOR"), "{text}");
            }
        }
    });
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn a_result_outside_the_roots_is_not_used_and_the_plan_says_its_price() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("root/in.png", noise(64, 48));
    env.write("in.png", noise(64, 48));
    env.command("edit in.png -p x -q -o outside.jpg").service(&service).any_stdout().assert();
    env.command("edit in.png -p x -q -o seeded.jpg --seed 7").service(&service).any_stdout().assert();
    let run = paying(&env, &service, "--root root --max-cost 1");
    with_client(run, async |client: &Client| {
        for (number, seed) in [json!(null), json!(7)].into_iter().enumerate() {
            let output = format!("{number}.jpg");
            let edit = |accept_usd: Option<f64>| json!({"picture": "in.png", "prompt": "x", "output": output, "seed": seed, "accept_usd": accept_usd});
            let plan = call(client, "edit", edit(None)).await.succeeded();
            assert_eq!((&plan.record()["status"], &plan.record()["usd"]), (&json!("planned"), &json!(PRICE)));
            let done = call(client, "edit", edit(Some(PRICE))).await.succeeded();
            assert_eq!((done.record().get("reused"), &done.record()["usd"]), (None, &json!(PRICE)));
            assert_eq!(done.record()["seed"], plan.record()["request"]["body"]["seed"]);
            for body in [&plan.body, &done.body] {
                let text = body.to_string();
                assert!(!text.contains("outside.jpg") && !text.contains("seeded.jpg"), "{text}");
            }
            // Its own result is used again.
            let again = call(client, "edit", edit(Some(PRICE))).await.succeeded();
            assert_eq!(again.record()["reused"], true);
        }
    });
    service.ledger().ensure_counts(4, 4);
    // A link in a root to a result outside is outside, too.
    let env = TestEnv::new();
    env.write("root/in.png", noise(64, 48));
    env.command("edit root/in.png -p x -q -o outside.jpg").service(&service).any_stdout().assert();
    symlink(env.path("outside.jpg"), env.path("root/inside.jpg")).unwrap();
    let run = paying(&env, &service, "--root root --max-cost 1");
    with_client(run, async |client: &Client| {
        let edit = json!({"picture": "in.png", "prompt": "x", "accept_usd": PRICE});
        let done = call(client, "edit", edit).await.succeeded();
        assert_eq!(done.record().get("reused"), None, "{}", done.body);
    });
}

#[test]
fn a_plan_states_no_seed_that_is_drawn_later() {
    let env = TestEnv::with_picture();
    with_client(env.command("mcp --sandbox"), async |client: &Client| {
        let model = json!({"model": "seededit-3.0-i2i", "accept_usd": null});
        let seed_of = |plan: &Value| plan["request"]["body"].get("seed").cloned();
        let plan = call(client, "edit", edit_with(0.0, &model)).await.succeeded();
        let planned = seed_of(plan.record()).expect("the seed follows from the request");
        let model = json!({"model": "seededit-3.0-i2i"});
        let done = call(client, "edit", edit_with(1.0, &model)).await.succeeded();
        assert_eq!(done.record()["seed"], planned);
        let variation = json!({"model": "seededit-3.0-i2i", "new_variation": true, "output": "b.jpg", "accept_usd": null});
        let plan = call(client, "edit", edit_with(0.0, &variation)).await.succeeded();
        assert_eq!(seed_of(plan.record()), None, "{}", plan.body);
        let mut given = variation;
        given["seed"] = 5.into();
        let plan = call(client, "edit", edit_with(0.0, &given)).await.succeeded();
        assert_eq!(seed_of(plan.record()), Some(json!(5)));
    });
}

#[test]
fn of_two_equal_calls_at_once_the_second_says_that_the_edit_is_in_progress() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(900));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let first = call(client, "edit", edit(Some(PRICE)));
        let second = async {
            until("the first one is sent", || service.ledger().posts() == 1).await;
            let plan = call(client, "edit", edit(None)).await;
            (call(client, "edit", edit(Some(PRICE))).await, plan)
        };
        let (first, (second, plan)) = tokio::join!(first, second);
        first.succeeded();
        for refused in [second, plan] {
            let refused = refused.failed_with("the same edit is in progress");
            let error = &refused.record()["error"];
            assert_eq!((&error["kind"], &error["charged"]), (&json!("unknown"), &json!("unknown")));
        }
        let again = call(client, "edit", edit(Some(PRICE))).await.succeeded();
        assert_eq!(again.record()["reused"], true);
    });
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_plan_names_an_earlier_attempt_whose_result_is_lost() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        call(client, "edit", edit(Some(PRICE))).await.failed_with("may have been charged");
        call(client, "recover", json!({})).await;
        let [job] = env.jobs().try_into().expect("one job");
        assert_eq!(job.state, "lost");
        let plan = call(client, "edit", edit(None)).await.succeeded();
        let note =
            format!("job {} was for the same edit, and may have been charged without a result", job.id);
        assert!(plan.body["notes"].to_string().contains(&note), "{}", plan.body);
        let other = json!({"picture": "in.png", "prompt": "add two birds"});
        let plan = call(client, "edit", other).await.succeeded();
        assert!(!plan.body["notes"].to_string().contains("without a result"), "{}", plan.body);
        // With a result, there is nothing to decide any more.
        call(client, "edit", edit(Some(PRICE))).await.succeeded();
        let more = json!({"new_variation": true, "output": "more.jpg", "accept_usd": null});
        let plan = call(client, "edit", edit_with(0.0, &more)).await.succeeded();
        assert!(!plan.body["notes"].to_string().contains("without a result"), "{}", plan.body);
    });
}

#[test]
fn hints_name_arguments_of_tools_or_what_the_user_can_do() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["reset-after-charge:1"]);
    env.write("out.jpg", "mine");
    env.write("black.png", encode_png(&RgbImage::new(64, 48).into()));
    env.write("other.png", noise(300, 40));
    let run = paying(&env, &service, "--max-cost 1 --confirm-above 0.5");
    with_client(run, async |client: &Client| {
        let base = json!({"picture": "in.png", "prompt": "x"});
        let with = |more: Value| {
            let mut arguments = base.clone();
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            arguments
        };
        for (tool, arguments, hint) in [
            ("edit", edit(None), "replace the file with `overwrite`"),
            ("edit", with(json!({"output": "a.bmp"})), "end the name with .jpg, .png or .webp"),
            ("edit", with(json!({"output": "a.png", "format": "jpeg"})), "leave out `format`"),
            ("edit", with(json!({"region": "9x9+9000+0"})), "the tool `inspect` with `region`"),
            ("edit", with(json!({"mask": "black.png"})), "invert it"),
            ("edit", with(json!({"size": "huge"})), "leave out `size`"),
            (
                "edit",
                with(json!({"model": "flux-2-edit", "negative_prompt": "x"})),
                "leave out `negative_prompt`",
            ),
            ("edit", with(json!({"model": "--sandbox"})), "the tool `models` lists the models"),
            ("edit", with(json!({"model": "https://example.com/m"})), "the tool `models` lists the models"),
            ("edit", with(json!({"picture": "../x.png"})), "`seededit mcp --root DIR`"),
            (
                "merge",
                json!({"original": "in.png", "edited": "other.png", "output": "m.png"}),
                "`seededit merge --placement`",
            ),
            ("history", json!({"job": "nonsense"}), "there are no jobs yet"),
            ("history", json!({"status": "gone"}), "`status`: invalid value"),
        ] {
            call(client, tool, arguments).await.failed_with(hint);
        }
        // These read no hints, but notes.
        call(client, "models", json!({})).await.succeeded();
        call(client, "inspect", json!({"picture": "in.png"})).await.succeeded();
        let plan = call(client, "edit", base.clone()).await.succeeded();
        assert!(plan.body["notes"].to_string().contains("accept_usd"), "{}", plan.body);
        // In doubt, and then with a result that is used again.
        let paid = with(json!({"accept_usd": PRICE}));
        call(client, "edit", paid.clone()).await.failed_with("run the tool `recover`");
        call(client, "edit", paid.clone()).await.failed_with("which only the user can run");
        let plan = call(client, "edit", base.clone()).await;
        plan.failed_with("the tool `recover` fetches its result");
        let lost = call(client, "recover", json!({})).await.failed_with("ask the service's support");
        let jobs = json!({"jobs": [lost.record()["job"]]});
        call(client, "recover", jobs).await.failed_with("which only the user can run");
        call(client, "history", json!({"job": "nonsense"}))
            .await
            .failed_with("the tool `history` lists them");
        call(client, "edit", paid).await.succeeded();
        let plan = call(client, "edit", base.clone()).await.succeeded();
        assert!(
            plan.body["notes"].to_string().contains("`new_variation` pays for another one"),
            "{}",
            plan.body
        );
    });
    // An unknown price, and a question that nobody can be asked.
    with_client(paying(&env, &service, "--max-cost 1"), async |client: &Client| {
        let unknown = json!({"picture": "in.png", "prompt": "y", "model": "no-such-model"});
        let plan = call(client, "edit", unknown).await.failed_with("`seededit mcp --price USD`");
        assert_eq!(plan.record()["usd"], Value::Null);
    });
    with_client(paying(&env, &service, "--max-cost 1 --confirm-above 0.01"), async |client: &Client| {
        for accept_usd in [None, Some(PRICE)] {
            let edit = json!({"picture": "in.png", "prompt": "z", "accept_usd": accept_usd});
            call(client, "edit", edit).await.failed_with("`seededit mcp --confirm-above USD`");
        }
    });
}
