//! Starting, stopping, and clients that leave.

use super::*;

#[test]
fn a_client_that_leaves_is_charged_all_the_same() {
    let scene = Scene::of(Options { latency: Duration::from_millis(600), ..Options::default() });
    let impatient = Client::builder().no_proxy().timeout(Duration::from_millis(300)).build().unwrap();
    let left = impatient
        .post(format!("{}/v1/images/generations", scene.sandbox.url()))
        .header("Authorization", "Bearer k")
        .header("Content-Type", "application/json")
        .body(request().to_string())
        .send();
    assert!(left.unwrap_err().is_timeout());
    assert_eq!(scene.ledger()["charged"], 0);
    scene.wait_for_a_charge();
}

#[test]
fn only_loopback_is_listened_on() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Sandbox::start(Options { listen, ..Options::default() }).unwrap_err();
    assert_eq!(error.to_string(), "the sandbox listens on loopback only, and 0.0.0.0 is not");
}

#[test]
fn a_stopped_sandbox_answers_no_more() {
    let scene = Scene::of(Options::default());
    let address = scene.sandbox.api;
    scene.sandbox.stop();
    assert!(TcpStream::connect(address).is_err());
}
