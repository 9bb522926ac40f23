//! `edit` with several pictures or several results.

use std::fs;

use serde_json::json;

use crate::support::{Place, Service, Wire, png};

#[test]
fn several_pictures_get_one_instruction_and_a_directory() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.write("two.png", png(48, 64));
    let run = place.run(["edit", "in.png", "two.png", "-p", "add a bird", "-d", "new/out", "--seed", "7"]);
    run.on(&service)
        .prints("new/out/in-edited.jpg\nnew/out/two-edited.jpg\n")
        .saying(&["2 jobs: 2 made  $0.063"])
        .done();
    service.ledger().ensure(2, 2);
    assert_eq!(service.ledger().charge(0)["seed"], 7);
}

#[test]
fn variations_have_consecutive_seeds_and_numbered_names() {
    let (place, service) = (Place::with_picture(), Service::new());
    let run = place.run(["edit", "in.png", "x", "-n", "4", "--seed", "10", "--json"]).on(&service);
    let told = run.prints_anything().says_anything().done().jsons();
    let found: Vec<_> =
        told.iter().map(|record| (record["output"].clone(), record["seed"].clone())).collect();
    let expected: Vec<_> = (1..=4).map(|n| (json!(format!("in-edited-{n}.jpg")), json!(9 + n))).collect();
    assert_eq!(found, expected);
    let mut pictures: Vec<_> = (1..=4).map(|n| place.read(format!("in-edited-{n}.jpg"))).collect();
    pictures.dedup();
    assert_eq!(pictures.len(), 4);
}

#[test]
fn names_are_made_as_the_template_says() {
    let (place, service) = (Place::with_picture(), Service::new());
    let args =
        ["edit", "in.png", "x", "-n", "2", "--seed", "3", "--name", "{seed}_{stem}_{n}.png", "-d", "o"];
    place.run(args).on(&service).prints("o/3_in_1.png\no/4_in_2.png\n").says_anything().done();
    assert!(place.read("o/3_in_1.png").starts_with(b"\x89PNG"));
    let one =
        place.run(["edit", "in.png", "x", "--name", "{stem}-{job}.{ext}", "--format", "webp"]).on(&service);
    let done = one.says_anything().prints_anything().done();
    assert_eq!(done.stdout.len(), "in-0123456789abcdef.webp\n".len());
}

#[test]
fn a_directory_is_mirrored() {
    let (place, service) = (Place::new(), Service::new());
    for name in ["p/a.png", "p/sub/b.PNG", "p/sub/deep/c.png", "p/.hidden/d.png", "p/notes.txt", "p/.e.png"] {
        place.write(name, png(48, 48));
    }
    let run = || place.run(["edit", "-R", "p", "-p", "x", "-d", "p/out"]).on(&service).says_anything();
    run().prints("p/out/a-edited.jpg\np/out/sub/b-edited.jpg\np/out/sub/deep/c-edited.jpg\n").done();
    // What lies in the output's own directory is no input.
    run().prints("p/out/a-edited-2.jpg\np/out/sub/b-edited-2.jpg\np/out/sub/deep/c-edited-2.jpg\n").done();
    fs::create_dir(place.path("empty")).unwrap();
    let none = place.run(["edit", "-R", "empty", "-p", "x", "-d", "o"]).on(&service).exits(3);
    none.saying(&["no picture in empty"]).done();
    let plain = place.run(["edit", "p", "x"]).on(&service).exits(3);
    plain.saying(&["p is a directory", "-R"]).done();
    service.ledger().ensure(6, 6);
}

#[test]
fn two_that_would_write_the_same_file_are_refused_before_anything_is_sent() {
    let (place, wire) = (Place::new(), Wire::new(|_| {}));
    for name in ["a/x.png", "b/X.png"] {
        place.write(name, png(48, 48));
    }
    let run = place.run(["edit", "a/x.png", "b/X.png", "-p", "x", "-d", "out"]).at(&wire.url()).exits(3);
    run.says(
        "error: out/X-edited.jpg is also the output of an earlier picture\n\
         hint: name the outputs, or make the names differ with --name, for example {stem}-{seed}.{ext}\n\
         error: 1 fault\nhint: nothing was sent; fix all of them first\n",
    )
    .done();
    let same = place.run(["edit", "a/x.png", "x", "-n", "2", "--name", "{stem}.{ext}"]).at(&wire.url());
    same.exits(3).saying(&["a/x.jpg is also the output of an earlier picture"]).done();
    assert_eq!(wire.connections(), 0);
}

#[test]
fn one_bad_picture_of_several_is_told_and_nothing_is_sent() {
    let (place, wire) = (Place::with_picture(), Wire::new(|_| {}));
    place.write("bad.png", "no picture");
    let run = place.run(["edit", "in.png", "bad.png", "gone.png", "-p", "x"]).at(&wire.url()).exits(3);
    run.saying(&["error: bad.png", "error: cannot read gone.png", "error: 2 faults"]).done();
    assert_eq!(wire.connections(), 0);
}

#[test]
fn some_that_fail_leave_the_others_and_exit_with_11() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["server-error=500:1"]));
    place.write("two.png", png(48, 64));
    let run = place.run(["edit", "in.png", "two.png", "-p", "x", "-d", "o", "--retries", "0", "-j", "1"]);
    run.on(&service)
        .exits(11)
        .prints("o/two-edited.jpg\n")
        .saying(&["error: in.png: Internal server error", "2 jobs: 1 made, 1 failed"])
        .done();
}

#[test]
fn standard_input_serves_several_variations() {
    let (place, service) = (Place::new(), Service::new());
    let run =
        place.run(["edit", "-", "x", "-n", "2", "--seed", "1", "-d", "o"]).on(&service).input(png(48, 48));
    run.prints("o/stdin-edited-1.jpg\no/stdin-edited-2.jpg\n").says_anything().done();
    service.ledger().ensure(2, 2);
}

#[test]
fn an_earlier_result_is_given_again_for_nothing_and_only_while_it_is_unchanged() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("--seed 4 -q").on(&service).prints_anything().done();
    let copy = |output: &str| {
        place
            .run(["edit", "in.png", "add a bird", "--seed", "4", "--reuse", "--json", "-o", output])
            .on(&service)
    };
    for (output, price) in [("copy.jpg", "price: $0"), ("out.jpg", "")] {
        let words = format!("edit in.png x --seed 4 --reuse --dry-run -o {output}");
        let words: Vec<&str> =
            words.split(' ').map(|word| if word == "x" { "add a bird" } else { word }).collect();
        let done = place.run(words).on(&service).prints_anything().saying(&["made this result"]).done();
        let printed = String::from_utf8_lossy(&done.stdout);
        // Of what lies there already nothing would be sent, so there is nothing to show.
        assert!(printed.contains(price) && printed.is_empty() == price.is_empty(), "{printed}");
    }
    let told = copy("copy.jpg").prints_anything().done().json();
    assert_eq!((&told["usd"], &told["reused"], &told["attempts"]), (&json!(0), &json!(true), &json!(0)));
    assert_eq!(place.read("copy.jpg"), place.read("out.jpg"));
    // The very file is no conflict.
    let told = copy("out.jpg").prints_anything().done().json();
    assert_eq!(told["output"], json!("out.jpg"));
    service.ledger().ensure(1, 1);
    let words =
        place.run(["edit", "in.png", "add a bird", "--seed", "4", "--reuse", "-o", "third.png"]).on(&service);
    words.prints("third.png\n").saying(&["nothing was sent  $0.00"]).done();
    // Another seed, another instruction, an altered result: nothing to give.
    let other =
        place.run(["edit", "in.png", "add a bird", "--seed", "5", "--reuse", "-o", "5.jpg"]).on(&service);
    other.prints_anything().says_anything().done();
    service.ledger().ensure(2, 2);
    place.write("out.jpg", "altered");
    copy("4.jpg").prints_anything().done();
    service.ledger().ensure(3, 3);
}

#[test]
fn a_dry_run_of_several_lists_them() {
    let (place, wire) = (Place::with_picture(), Wire::new(|_| {}));
    let run = place.run([
        "edit",
        "in.png",
        "x",
        "-n",
        "2",
        "--seed",
        "1",
        "--dry-run",
        "--price",
        "0.5",
        "-d",
        "o",
    ]);
    run.at(&wire.url())
        .prints("in.png → o/in-edited-1.jpg  seed 1\nin.png → o/in-edited-2.jpg  seed 2\n2 jobs: 2 to do, 0 done\n2 edits at $0.50: $1.00\n")
        .done();
    assert_eq!((wire.connections(), place.names()), (0, vec!["in.png".to_owned()]));
}

#[test]
fn an_earlier_result_that_lies_where_it_is_wanted_is_found_there_again() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("-q --seed 5").on(&service).prints_anything().done();
    for _ in 0..2 {
        let args = ["edit", "in.png", "add a bird", "-o", "again.jpg", "--seed", "5", "--reuse", "-q"];
        place.run(args).on(&service).prints("again.jpg\n").done();
    }
    service.ledger().ensure(1, 1);
}
