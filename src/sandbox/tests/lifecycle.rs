//! Start, stop, and clients that disconnect.

use super::*;

#[test]
fn a_client_that_disconnects_is_charged() {
    let harness =
        Harness::with_options(Options { latency: Duration::from_millis(600), ..Options::default() });
    let impatient = Client::builder().no_proxy().timeout(Duration::from_millis(300)).build().unwrap();
    let left = impatient
        .post(format!("{}/v1/images/generations", harness.sandbox.url()))
        .header("Authorization", "Bearer k")
        .header("Content-Type", "application/json")
        .body(request().to_string())
        .send();
    assert!(left.unwrap_err().is_timeout());
    assert_eq!(harness.ledger()["charged"], 0);
    harness.wait_for_a_charge();
}

#[test]
fn only_loopback_addresses_are_accepted() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Sandbox::start(Options { listen, ..Options::default() }).unwrap_err();
    assert_eq!(error.to_string(), "the sandbox listens on loopback only, and 0.0.0.0 is not");
}

#[test]
fn a_stopped_sandbox_accepts_no_connections() {
    let harness = Harness::with_options(Options::default());
    let address = harness.sandbox.api;
    harness.sandbox.stop();
    assert!(TcpStream::connect(address).is_err());
}
