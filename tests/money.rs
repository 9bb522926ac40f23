//! What may be spent is never passed.

use crate::support::{Place, Service, Wire, json_answer, rows};

#[test]
fn max_cost_is_never_passed_however_many_are_under_way() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(24));
    // Ten edits, and not a cent more.
    let said = ["the rest could bring the cost above --max-cost", "24 jobs: 10 made, 14 left  $0.315"];
    place.batch("-j 16 --max-cost 0.33", &service).exits(5).prints_anything().saying(&said).done();
    service.ledger().ensure(10, 10);
    place.batch("-j 16 --max-cost 0.33", &service).exits(5).prints_anything().says_anything().done();
    service.ledger().ensure(20, 20);
    place.batch_quietly("-j 16 --max-cost 0.33", &service, 0);
    service.ledger().ensure(24, 24);
}

#[test]
fn what_failed_for_nothing_leaves_its_money_to_others() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["ark-error=400:50%"]));
    place.manifest(&rows(12));
    place.batch("-j 4 --max-cost 0.1", &service).ends_anyhow().done();
    assert_eq!(service.ledger().charged(), 3);
}

#[test]
fn without_a_price_a_limit_cannot_be_kept_so_nothing_is_sent() {
    let nothing = serde_json::json!({"data": []});
    let wire = Wire::answering(json_answer(200, &nothing, ""));
    let place = Place::with_picture();
    place.manifest(&rows(2));
    let said = ["what an edit costs is not known, so --max-cost cannot be kept", "--price"];
    place.words("batch m.jsonl --max-cost 1").at(&wire.url()).exits(5).saying(&said).done();
    place.edit("--max-cost 1").at(&wire.url()).exits(5).saying(&said).done();
    assert_eq!(wire.posts(), 0);
    assert!(
        wire.requests()[0]
            .line
            .starts_with("GET /v1/models?id=bytedance%2Fseededit-3.0-i2i&include=pricing ")
    );
}

#[test]
fn a_single_edit_that_is_too_dear_is_not_sent() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("--max-cost 0.03").on(&service).exits(5).saying(&["--max-cost"]).done();
    place.edit("--max-cost 0.05 --then more").on(&service).exits(5).saying(&["--max-cost"]).done();
    service.ledger().ensure(0, 0);
    place.edit("-q --max-cost 0.0315").on(&service).prints_anything().done();
    service.ledger().ensure(1, 1);
}
