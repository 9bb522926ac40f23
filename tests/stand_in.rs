//! `seededit sandbox`: the stand-in for the service as a program of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Place;

/// The program, serving.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn new(args: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seededit"))
            .arg("sandbox")
            .args(args)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        // The first line comes once connections are accepted; a program that ends gives none.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Served { child, url: url.trim_end().to_owned() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn its_url_is_the_first_line_and_edits_can_be_sent_to_it() {
    let (place, served) = (Place::with_picture(), Served::new(&[]));
    assert!(served.url.starts_with("http://127.0.0.1:"), "{}", served.url);
    place.edit("-q").at(&served.url).prints("out.jpg\n").done();
}

#[test]
fn two_run_at_once() {
    let (first, second) = (Served::new(&[]), Served::new(&[]));
    assert_ne!(first.url, second.url);
    for served in [&first, &second] {
        let place = Place::with_picture();
        place.edit("-q").at(&served.url).prints("out.jpg\n").done();
    }
}

#[test]
fn faults_prices_and_keys_are_flags() {
    let place = Place::with_picture();
    let served = Served::new(&[
        "--fault",
        "rate-limit:1",
        "--retry-after",
        "0",
        "--price",
        "0.5",
        "--key",
        crate::support::KEY,
    ]);
    let record = place.edit("--json").at(&served.url).prints_anything().says_anything().done().json();
    assert_eq!((&record["usd"], &record["attempts"]), (&0.5.into(), &2.into()));
    place.edit("-f").at(&served.url).var("SEEDEDIT_API_KEY", "another").exits(4).says_anything().done();
    let poor = Served::new(&["--balance", "0.01"]);
    place
        .edit("-f")
        .at(&poor.url)
        .exits(5)
        .saying(&["error: You've run out of credits.", "hint: top up at "])
        .done();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_cleanly() {
    use nix::sys::signal::{Signal, kill};
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut served = Served::new(&[]);
        kill(nix::unistd::Pid::from_raw(served.child.id().cast_signed()), signal).unwrap();
        let started = Instant::now();
        let status = loop {
            match served.child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{signal} did not end it");
        };
        assert_eq!(status.code(), Some(0), "{signal}");
        let mut said = String::new();
        served.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "note: Ctrl-C ends it; send edits to it with --base-url and any key\n");
    }
}

#[test]
fn what_it_cannot_do_is_said() {
    let place = Place::new();
    place
        .words("sandbox --fault rate-limt")
        .exits(2)
        .saying(&["there is no fault called `rate-limt`"])
        .done();
    place
        .words("sandbox --fault server-error")
        .exits(2)
        .saying(&["`server-error` needs one of 500, 502, 503 and 504"])
        .done();
    place
        .words("sandbox --listen 192.0.2.1:0")
        .exits(3)
        .saying(&[
            "error: cannot listen on 192.0.2.1:0: the sandbox listens on loopback only",
            "hint: choose a free port",
        ])
        .done();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    place
        .run(["sandbox", "--listen", &address])
        .exits(3)
        .saying(&["error: cannot listen on 127.0.0.1:[port]"])
        .done();
}

#[test]
fn what_is_made_at_a_sandbox_server_stays_out_of_the_real_journal() {
    let (place, served) = (Place::with_picture(), Served::new(&["--price", "0.5"]));
    let note = format!("note: {} is a sandbox: the result is not the model's work", place.plain(&served.url));
    place.edit("--seed 4").at(&served.url).prints_anything().saying(&[&note]).done();
    place
        .words("history")
        .says("note: no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`\n")
        .done();
    let cost = place.words("history --sandbox --cost --json").prints_anything().done();
    assert!(cost.jsons().iter().all(|record| record["usd"] == 0.5), "{:?}", cost.jsons());
    place.edit("--seed 4 --reuse").at(&served.url).prints_anything().says_anything().done();
    assert_eq!(place.words("history --sandbox --json").prints_anything().done().jsons().len(), 1);
}

#[test]
fn jobs_of_a_sandbox_server_that_has_ended_are_given_up_or_dismissed() {
    let (place, served) = (Place::with_picture(), Served::new(&["--fault", "html-200"]));
    place.edit("").at(&served.url).exits(8).says_anything().prints_anything().done();
    let job = || place.words("history --sandbox --json").prints_anything().done().json();
    assert_eq!(job()["state"], "unknown");
    // While the server runs, another sandbox cannot say what became of the job.
    place.words("recover --sandbox").exits(8).saying(&["seededit recover --base-url"]).done();
    drop(served);
    place.words("recover --sandbox").saying(&["is given up: its sandbox has stopped"]).done();
    let name = job()["job"].as_str().unwrap().to_owned();
    place.words("history forget --yes --sandbox").arg(name).saying(&["1 job forgotten"]).done();
    place.words("recover --sandbox").says("note: nothing to recover\n").done();
}

#[test]
fn a_dry_run_in_the_sandbox_knows_the_price() {
    let place = Place::with_picture();
    let price = || {
        let run = place.edit("--sandbox --dry-run --json").prints_anything();
        run.done().json()["usd"].clone()
    };
    assert_eq!(price(), 0.0315);
    let served = Served::new(&["--price", "0.25"]);
    place.edit("-q").at(&served.url).prints("out.jpg\n").done();
    std::fs::remove_file(place.path("out.jpg")).unwrap();
    assert_eq!(price(), 0.25, "the last price at any sandbox");
    place.write("m.jsonl", "{\"image\": \"in.png\", \"prompt\": \"x\", \"output\": \"x.jpg\"}\n");
    let plan = place.words("batch m.jsonl --sandbox --dry-run --json").prints_anything().done().jsons();
    assert_eq!(plan.last().unwrap()["usd"], 0.25);
}

#[test]
fn what_the_sandbox_draws_lies_inside_the_region_and_is_labelled() {
    let place = Place::new();
    place.write("in.png", crate::support::png(800, 600));
    let run = place.run(["edit", "in.png", "a red roof", "-o", "out.png"]);
    run.args("--sandbox -q --region 400x300+300+200").prints("out.png\n").done();
    let picture = |name: &str| image::load_from_memory(&place.read(name)).unwrap().into_rgb8();
    let (before, after) = (picture("in.png"), picture("out.png"));
    let in_region = |x: u32, y: u32| (300..700).contains(&x) && (200..500).contains(&y);
    let (mut red, mut dark) = (0, 0);
    for (x, y, pixel) in after.enumerate_pixels() {
        if !in_region(x, y) {
            assert_eq!(pixel, before.get_pixel(x, y), "{x}, {y}");
            continue;
        }
        let [r, g, b] = pixel.0;
        red += u32::from(r > 160 && g < 90 && b < 90);
        dark += u32::from(r < 60 && g < 60 && b < 60);
    }
    assert!(red > 4_000, "the sticker: {red} pixels");
    assert!(dark > 4_000, "the label: {dark} pixels");
}

#[test]
fn a_whole_picture_edit_is_reported_as_one() {
    let place = Place::new();
    place.write("in.png", crate::support::png(800, 600));
    let run = place.run(["edit", "in.png", "at night", "-o", "out.png", "--preserve", "--json", "--sandbox"]);
    assert_eq!(run.prints_anything().done().json()["extent"], "whole");
}
