//! The sandbox, running inside the test, and its ledger.

use std::io::{Read, Write};
use std::net::TcpStream;

use secrecy::SecretString;
use seededit::testing::sandbox::{Options, Sandbox};
use serde_json::Value;

use super::KEY;

/// A service that accepts the tests' key only. It does not say that it is a sandbox, so that the program
/// treats it as the real service.
pub(crate) struct Service(Sandbox);

impl Service {
    /// One that behaves well.
    pub(crate) fn new() -> Service {
        Service::faulty(&[])
    }

    /// One with these faults, as `--fault` takes them.
    pub(crate) fn faulty(faults: &[&str]) -> Service {
        Service::with(|options| options.faults = faults.iter().map(|typed| typed.parse().unwrap()).collect())
    }

    /// One as `set` has it.
    pub(crate) fn with(set: impl FnOnce(&mut Options)) -> Service {
        let key = Some(SecretString::from(KEY));
        let mut options = Options { key, is_marked: false, ..Options::default() };
        set(&mut options);
        Service(Sandbox::start(options).unwrap())
    }

    /// The API's base URL.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// What was asked and charged so far.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger(serde_json::from_str(&get(&self.url(), "/ledger")).unwrap())
    }
}

/// The body of what lies at `path` of a server on this machine.
fn get(base: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// What the sandbox counted.
#[derive(Debug)]
pub(crate) struct Ledger(pub(crate) Value);

impl Ledger {
    /// How many generations were asked for.
    pub(crate) fn posts(&self) -> u64 {
        self.0["posts"].as_u64().unwrap()
    }

    /// How many were charged.
    pub(crate) fn charged(&self) -> u64 {
        self.0["charged"].as_u64().unwrap()
    }

    /// How many downloads of results there were.
    pub(crate) fn downloads(&self) -> u64 {
        self.0["downloads"].as_u64().unwrap()
    }

    /// The client's names for the generations that were asked for.
    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.0["client_request_ids"].as_array().unwrap();
        ids.iter().map(|id| id.as_str().expect("an id that the service keeps").to_owned()).collect()
    }

    /// What was charged.
    pub(crate) fn charge(&self, number: usize) -> &Value {
        &self.0["charges"][number]
    }

    /// Fails unless so many generations were asked for, each by another name, and so many charged.
    pub(crate) fn ensure(&self, posts: u64, charged: u64) {
        assert_eq!((self.posts(), self.charged()), (posts, charged), "posts and charges: {self:?}");
        let mut ids = self.ids();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len() as u64, posts, "ids: {self:?}");
    }
}
