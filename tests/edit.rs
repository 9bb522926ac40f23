//! `edit` as it is used: pictures from everywhere, results to everywhere.

use crate::support::{Place, Service, sha256};

#[test]
fn a_picture_goes_out_and_an_edited_one_comes_back() {
    let (place, service) = (Place::with_picture(), Service::new());
    place
        .edit("--seed 7")
        .on(&service)
        .prints("out.jpg\n")
        .says("✓ out.jpg  1152×864 jpeg, [amount]  $0.0315  [time]  seed 7\n")
        .done();
    let ledger = service.ledger();
    ledger.ensure(1, 1);
    assert_eq!(ledger.charge(0)["image_sha256"], sha256(&place.read("in.png")));
    assert_eq!(ledger.charge(0)["result_sha256"], sha256(&place.read("out.jpg")));
}
